/** What a person is told: findings of the rules, as plain data. */
import type { FindingEvidence } from '../knowledge/evidence.ts';
import type { ProposedRemedy, Remedy } from '../remedies/remedy.ts';
import type { Tool } from '../uninstall/scenario.ts';

/**
 * error: the simulation really ends in it. warning: it depends on something not visible, and says on what. note: worth
 * knowing.
 */
export type Severity = 'error' | 'warning' | 'note';

export type Finding = FindingWith<Remedy>;

/** Before anybody has played what the rule proposes. */
export type UnplayedFinding = FindingWith<ProposedRemedy> & {
  /** It rests only on what nobody has seen: objects that may not exist, a controller that may not serve them. */
  unseen?: true;
};

type FindingWith<R> = {
  rule: string;
  severity: Severity;
  title: string;
  objects: FoundObject[];
  evidence: FindingEvidence[];
  /** What will happen. For a warning: and on what it depends. */
  consequence: string;
  /** How to prevent it, or what to do about it, the best first. One of them is enough. */
  remedies: R[];
  /**
   * Whether the same uninstall through Bookend would have it: `prevented`, `same`, or `reported` (Bookend stops and
   * says so); `not-played`: nobody looked.
   */
  bookend: 'prevented' | 'reported' | 'same' | 'not-played';
  scenario: Tool;
};

export type FoundObject = {
  kind: string;
  apiVersion: string;
  namespace?: string;
  name: string;
  /** Of an object that is not of this uninstall: its release and chart, as its labels and annotations have them. */
  labelled?: string;
};

/** A finding that somebody has accepted: by an annotation of the object, or because a baseline has it. */
export type Suppressed = Finding & { suppressed: { by: 'annotation' | 'baseline'; reason?: string } };
