/**
 * What the user asked for about time: `spec.teardown` of a ClusterOperator, `--timeout` and `--on-timeout` of the
 * command line.
 */

/**
 * What happens to an object that is not gone in time. `Stop`: wait on, and say so. `Continue`: go on without it.
 * `Force`: its Pods are deleted with grace 0, then its finalizers are removed.
 */
export type OnTimeout = 'Stop' | 'Continue' | 'Force';

export type TeardownPolicy = {
  /** How long one object may take from its deletion until it is gone, in milliseconds. */
  timeoutMs: number;
  onTimeout: OnTimeout;
  /**
   * The plan is on record, with the UIDs of what stands between workloads and their Pods. So workloads need not stay
   * visible until their Pods are gone, and are deleted in the background: the garbage collector takes a third of the
   * time for it, and the API server half of the work.
   */
  isOnRecord?: boolean;
};

export const defaultPolicy: TeardownPolicy = { timeoutMs: 10 * 60_000, onTimeout: 'Stop' };
