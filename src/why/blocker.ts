/** The data of an explanation: what was read, and what holds an object. */
import type { Instant } from '../cluster/clock.ts';
import type { KindInfo } from '../cluster/port.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { ProposedRemedy, Remedy } from '../remedies/remedy.ts';
import type { BlockerReason } from '../teardown/blocker.ts';
import type { Params } from './params.ts';
import type { Tried } from './try.ts';

export type Snapshot = {
  object: KubernetesObject;
  /** Everything that was read around it, itself included. */
  objects: readonly KubernetesObject[];
  /** Events about the object and what it names, and warnings about objects of its namespace. */
  events: readonly KubernetesObject[];
  /** What the cluster serves. */
  kinds: readonly KindInfo[];
  /** Parameters of policies, whole, and policies whose parameters could not be read. */
  params?: Params;
  /** What the API server itself has answered to a dry run. */
  tried?: Tried;
  /** What could not be read, in words. */
  notSeen: readonly string[];
  now: Instant;
};

/** A field, or an event, that shows something. */
export type Proof = { object: string; field?: string; value?: string; says: string };

type BlockerKind =
  | 'status'
  | 'finalizer'
  | 'controller'
  | 'webhook'
  | 'refusal'
  | 'pod'
  | 'node'
  | 'dependents'
  | 'claim-in-use'
  | 'custom-resources'
  | 'namespace-content'
  | 'api-service'
  | 'clusteroperator'
  | 'namespace'
  | 'not-deleted';

/** `Remedy`: in an answer, with remedies that were played. */
export type Blocker<R extends ProposedRemedy = ProposedRemedy> = {
  kind: BlockerKind;
  /** Where a teardown waits for the same. */
  reason?: BlockerReason;
  /** A sentence that names the object. */
  says: string;
  object?: ObjectRef;
  /** It will not go by itself. False: it is on its way. */
  stuck: boolean;
  evidence: Proof[];
  /** The least loss first. */
  remedies: R[];
  /** What that waits for in turn. */
  because: Blocker<R>[];
};

export type Why<R extends ProposedRemedy = Remedy> = {
  object: ObjectRef;
  state: 'terminating' | 'present';
  /** Since when it is being deleted, as ISO 8601. */
  since?: string;
  says: string;
  /** Something holds it that will not go by itself. */
  stuck: boolean;
  /** What holds it; of an object that nobody deletes: what would. */
  blockers: Blocker<R>[];
  /** What the API server itself has answered to a dry run, where that was asked for. */
  tried?: Tried;
  notSeen: string[];
};

/** True when something at the end of the chain will not go by itself. */
export function isStuck({ stuck, because }: Blocker): boolean {
  return stuck || because.some(isStuck);
}

/** Every link of the chains, each before what it waits for. */
export function allOf<R extends ProposedRemedy>(blockers: readonly Blocker<R>[]): Blocker<R>[] {
  return blockers.flatMap((blocker) => [blocker, ...allOf(blocker.because)]);
}
