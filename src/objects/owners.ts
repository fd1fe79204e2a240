/**
 * Who created what: follows `metadata.ownerReferences` by UID, as the garbage collector does. It never compares names,
 * because an object with the same name may be another one.
 */
import type { KubernetesObject, OwnerReference } from './object.ts';

/** The one owner that manages this object (`controller: true`), as `metav1.GetControllerOf` finds it. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** True when the object names this UID among its owners, as controller or not. */
export function ownsByUid(ownerUid: string, object: KubernetesObject): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.uid === ownerUid) ?? false;
}

/**
 * True when a chain of owner references leads from the object to `rootUid`. Links that are missing from `byUid` end the
 * chain: a Pod is found to be a Deployment's only while its ReplicaSet is known. Not true for the root itself.
 */
export function ownedBy(byUid: ReadonlyMap<string, KubernetesObject>, object: KubernetesObject, rootUid: string): boolean {
  const seen = new Set<string>();
  const toVisit = [object];
  for (let current = toVisit.pop(); current !== undefined; current = toVisit.pop()) {
    for (const { uid } of current.metadata.ownerReferences ?? []) {
      if (uid === rootUid) return true;
      if (seen.has(uid)) continue;
      seen.add(uid);
      const owner = byUid.get(uid);
      if (owner) toVisit.push(owner);
    }
  }
  return false;
}

/** Objects by UID, those without one left out. */
export function indexByUid(objects: Iterable<KubernetesObject>): Map<string, KubernetesObject> {
  const index = new Map<string, KubernetesObject>();
  for (const object of objects) if (object.metadata.uid) index.set(object.metadata.uid, object);
  return index;
}
