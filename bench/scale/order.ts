/**
 * Finds objects of an application that were deleted while one of its Pods existed. Compares the revisions at which the
 * API server stored the deletions: etcd counts them across all kinds, so it does not matter which watch is faster.
 * Pure.
 */

/** Something that is gone. */
export type Removal = {
  kind: string;
  name: string;
  application: string;
  /** The resourceVersion of the deletion. */
  revision: bigint;
};

/** An object that was deleted while so many Pods that need it existed. */
export type Early = { kind: string; name: string; application: string; podsLeft: number };

/**
 * Pods may be deleted in any order. Their owners are deleted before or after them, which depends on the propagation.
 */
const neverEarly = ['Pod', 'ReplicaSet', 'Deployment'];

export function goneTooEarly(removals: readonly Removal[]): Early[] {
  const byApplication = Map.groupBy(removals, ({ application }) => application);
  return [...byApplication].flatMap(([application, all]) => {
    const pods = all.filter(({ kind }) => kind === 'Pod').map(({ revision }) => revision);
    return all
      .filter(({ kind }) => !neverEarly.includes(kind))
      .map(({ kind, name, revision }) => ({ kind, name, application, podsLeft: pods.filter((pod) => pod > revision).length }))
      .filter(({ podsLeft }) => podsLeft > 0);
  });
}
