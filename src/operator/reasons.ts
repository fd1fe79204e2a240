/**
 * The words that the status of a ClusterOperator uses for programs, each with its meaning: a reason that is not here
 * cannot be written. docs/reference (clusteroperator.md) is generated from this registry.
 */
import type { ClusterOperatorStatus } from '../resource/cluster-operator.ts';

type Phase = NonNullable<ClusterOperatorStatus['phase']>;

/** What each phase means. */
export const phases = {
  Pending:
    'The operator has not processed it yet. This phase is never written: the metrics count a ClusterOperator without a phase as Pending.',
  Installing: 'Bookend creates its objects for the first time, in order.',
  Ready: 'All objects are installed as in the spec, and ready.',
  Updating: 'The spec changed, or an object is no longer ready.',
  Degraded: 'The API server rejects an object. Bookend retries.',
  Refused:
    'Bookend changed nothing: the spec is wrong, a permission is missing, or an object belongs to somebody else. Bookend retries.',
  TearingDown: 'It is being deleted. Bookend deletes its objects in order.',
  Blocked: 'It is being deleted, and an object timed out or an error stops the teardown. Bookend retries.',
} as const satisfies Record<Phase, string>;

/** Every reason of the conditions, with the one state of Ready, Reconciling and Stalled that it comes with. */
export const conditionReasons = {
  Installed: { true: 'Ready', means: 'All objects are installed and ready.' },
  Progressing: {
    true: 'Reconciling',
    means: 'Bookend applies objects, or waits until they are ready. The message names the first one.',
  },
  ProgressDeadlineExceeded: {
    true: 'Reconciling, Stalled',
    means:
      'Nothing new happened for ten minutes, and not all objects are ready. The message names what Bookend waits for. Bookend continues by itself.',
  },
  ApplyFailed: {
    true: 'Reconciling, Stalled',
    means: 'The API server rejected an object. The message contains its answer. Bookend retries with increasing delays.',
  },
  StillNeeded: {
    true: 'Stalled',
    means:
      'An object that left the spec could not be deleted, usually because an object in the spec needs it. The message names the field.',
  },
  InvalidSpec: { true: 'Stalled', means: 'The spec is wrong. The message names the field. Nothing was changed.' },
  Cycle: { true: 'Stalled', means: 'The objects need each other in a cycle. The message lists every edge of the cycle.' },
  NotOurs: {
    true: 'Stalled',
    means: 'An object already exists and belongs to somebody else. Nothing was changed. See the annotation bookend.dev/adopt.',
  },
  RightMissing: {
    true: 'Stalled',
    means: 'The acting account lacks a permission. The message names verb, resource and account.',
  },
  NotJudged: {
    true: 'Stalled',
    means:
      'The ClusterOperator is older than the admission policy that checks its writers, or that policy is missing. Bookend does nothing for it. The message contains the command that accepts it.',
  },
  NotFound: { true: 'Stalled', means: 'The acting account does not exist, or a kind is not served.' },
  ApiServerRefused: { true: 'Stalled', means: 'The API server rejects a request as invalid. The message contains its answer.' },
  Failed: { true: 'Stalled', means: 'Any other error that a person must handle. The message describes it.' },
  InternalError: { true: 'Stalled', means: 'A fault in Bookend. The log of the operator contains the stack.' },
  TearingDown: { true: 'Reconciling', means: 'Bookend deletes the objects in order.' },
  Blocked: {
    true: 'Reconciling, Stalled',
    means:
      'An object was not gone in time (spec.teardown.timeout). The message names the blocker. Bookend continues by itself when the blocker is gone.',
  },
} as const;

export type ConditionReason = keyof typeof conditionReasons;
