/**
 * Whether anything of an application went before its Pods were gone. Decided by the revisions at which the API server
 * stored the deletions: etcd counts them over all kinds, so that it does not matter when a watch told of what. Pure.
 */

/** Something that is gone. */
export type Removal = {
  kind: string;
  name: string;
  application: string;
  /** The resourceVersion of the deletion. */
  revision: bigint;
};

/** An object that went while so many Pods that need it were there. */
export type Early = { kind: string; name: string; application: string; podsLeft: number };

/** Pods may go in any order, and a Deployment is gone before or after them, as it is deleted. */
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
