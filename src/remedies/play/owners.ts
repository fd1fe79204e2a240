/** What was read from a live cluster is a part of it: an owner that nobody read may be there all the same. */
import type { KubernetesObject } from '../../objects/object.ts';

/** The garbage collector must not take what has an owner that nobody read for an orphan. */
export function withKnownOwners(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  return objects.map((object) => {
    const owners = object.metadata.ownerReferences;
    if (owners === undefined || owners.every(({ uid }) => uids.has(uid))) return object;
    return { ...object, metadata: { ...object.metadata, ownerReferences: owners.filter(({ uid }) => uids.has(uid)) } };
  });
}
