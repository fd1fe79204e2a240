/** The document that `bookend preview -o json` prints. */
import type { ObjectId } from '../objects/identity.ts';
import type { Subject } from '../reading/subject.ts';
import type { Scenario } from '../uninstall/scenario.ts';
import type { Finding, Suppressed } from './finding.ts';
import type { Left, Play, PodEnd } from './play/outcome.ts';

/** One object's way from the delete call to gone, for people. */
export type TimelineEntry = {
  id: ObjectId;
  object: { kind: string; apiVersion: string; namespace?: string; name: string };
  /** Absent: nobody asked for it, the garbage collector or the namespace took it. */
  calledAt?: number;
  terminatingAt?: number;
  goneAt?: number;
  pod?: PodEnd;
  notes: string[];
};

/** The document that `bookend preview -o json` prints. */
export type Preview = {
  subject: { from: Subject['from']; name: string; namespace: string; live: boolean; objects: number };
  scenario: Scenario;
  outcome: Play['outcome'];
  message?: string;
  returnedMs: number;
  settledMs: number;
  findings: Finding[];
  /** Findings that an annotation or a baseline accepts; absent when there are none. */
  suppressed?: Suppressed[];
  timeline: TimelineEntry[];
  left: Left[];
  /** The same uninstall in order; absent when it was the scenario itself or was not asked for. */
  bookend?: {
    outcome: Play['outcome'];
    settledMs: number;
    failedPreStopHooks: number;
    left: Left[];
    /** Made like the other one, so that both can be drawn beside each other. */
    timeline?: TimelineEntry[];
  };
  supposed: string[];
  notSeen: string[];
};
