/**
 * The words that the status of a ClusterOperator uses for programs, each with its meaning: a reason that is not here cannot be written. docs/reference
 * (clusteroperator.md) is generated from this registry.
 */
import type { ClusterOperatorStatus } from '../resource/cluster-operator.ts';

type Phase = NonNullable<ClusterOperatorStatus['phase']>;

/** What each phase means. */
export const phases = {
  Pending:
    'The operator has not looked at it yet. It is not written: a ClusterOperator without a phase is counted as Pending in the metrics.',
  Installing: 'Its objects are being made for the first time, in order.',
  Ready: 'All objects are installed as they are written, and ready.',
  Updating: 'The spec has changed, or an object is not ready any more.',
  Degraded: 'The API server refuses an object. It is tried again.',
  Refused: 'Nothing was changed: the spec, a right or an object of somebody else stands against it. It is tried again.',
  TearingDown: 'It is being deleted, and its objects are going in their order.',
  Blocked: 'It is being deleted, and something is past its time or refuses the teardown to go on. It is tried again.',
} as const satisfies Record<Phase, string>;

/** Every reason of the conditions, with the one state of Ready, Reconciling and Stalled that it comes with. */
export const conditionReasons = {
  Installed: { true: 'Ready', means: 'All objects are installed and ready.' },
  Progressing: { true: 'Reconciling', means: 'Objects are being applied, or are not ready yet. The message names the first.' },
  ApplyFailed: {
    true: 'Reconciling, Stalled',
    means: 'An object could not be applied. The message has the answer of the API server. It is tried again with growing waits.',
  },
  StillNeeded: {
    true: 'Stalled',
    means:
      'What left the spec could not be removed: mostly because an object that is still in the spec needs it. The message names the field.',
  },
  InvalidSpec: { true: 'Stalled', means: 'The spec is wrong. The message names the field. Nothing was changed.' },
  Cycle: { true: 'Stalled', means: 'The objects need each other in a cycle. The message has every edge of it.' },
  NotOurs: {
    true: 'Stalled',
    means: 'An object exists already and belongs to somebody else. Nothing was changed. See the annotation bookend.dev/adopt.',
  },
  RightMissing: { true: 'Stalled', means: 'The acting account lacks a right. The message names verb, resource and account.' },
  NotJudged: {
    true: 'Stalled',
    means:
      'It is older than the admission policy that checks who writes it, or that policy is missing. Nothing is done for it. The message has the command that accepts it.',
  },
  NotFound: { true: 'Stalled', means: 'The acting account does not exist, or a kind is not served.' },
  ApiServerRefused: { true: 'Stalled', means: 'The API server refuses a request as invalid. The message has its words.' },
  Failed: { true: 'Stalled', means: 'Any other error that a person must look at. The message has its words.' },
  InternalError: { true: 'Stalled', means: 'A fault in Bookend itself. The log of the operator has the stack.' },
  TearingDown: { true: 'Reconciling', means: 'The objects are going in their order.' },
  Blocked: {
    true: 'Reconciling, Stalled',
    means:
      'An object is not gone in time (spec.teardown.timeout). The message names what keeps it; it goes on by itself as soon as that is removed.',
  },
} as const;

export type ConditionReason = keyof typeof conditionReasons;
