/**
 * Controllers take over objects that match their selector and have no controller, before they make any of their own,
 * and let go of those that no longer match (`controller.ControllerRefManager`). That is how a workload made anew finds
 * the Pods that an orphaning delete left behind.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import { selects } from '../../../objects/selectors.ts';
import type { Stored } from '../api/store.ts';
import { controllerReference, hasEnded, isTerminating } from '../pods.ts';
import { builtIn, type Environment, workQueue } from './environment.ts';

/** Makes a workload the controller of everything that it may adopt. For the beginning of a controller's `reconcile`. */
export type Claim = (parent: Stored) => void;

/**
 * @param childKey what is adopted, as a storage key.
 * @param parentKeys by whom.
 */
export function adoption(env: Environment, childKey: string, parentKeys: readonly string[]): Claim {
  const kind = builtIn(env, childKey);
  const { store } = env.server;
  /** Living children without a controller, by namespace. */
  const orphans = new Map<string, Set<string>>();
  const look = workQueue(env, (uid) => {
    const child = store.byUid(uid)?.object;
    if (child === undefined || isTerminating(child)) return;
    const controller = controllerOf(child);
    if (controller !== undefined) letGo(child, controller.uid);
    else
      for (const key of parentKeys) if (store.all(key, child.metadata.namespace).some((parent) => adopt(parent, child))) return;
  });
  env.on(childKey, ({ type, object, old }) => {
    const { uid, namespace = '', labels } = object.metadata;
    const isOrphan = type !== 'deleted' && !isTerminating(object) && controllerOf(object) === undefined;
    if (isOrphan) {
      const known = orphans.get(namespace);
      if (known) known.add(uid);
      else orphans.set(namespace, new Set([uid]));
      if (old === undefined || old.metadata.labels !== labels || old.metadata.ownerReferences !== object.metadata.ownerReferences)
        look(uid);
    } else {
      orphans.get(namespace)?.delete(uid);
      if (type === 'modified' && old?.metadata.labels !== labels) look(uid);
    }
  });
  return (parent) => {
    for (const uid of [...(orphans.get(parent.metadata.namespace ?? '') ?? [])]) {
      const child = store.byUid(uid)?.object;
      if (child) adopt(parent, child);
    }
  };

  function adopt(parent: Stored, child: Stored): boolean {
    if (isTerminating(parent) || (childKey === 'pods' && hasEnded(child))) return false;
    if (!selects(fieldAt(parent.spec, 'selector'), child.metadata.labels ?? {})) return false;
    const ownerReferences = [...(child.metadata.ownerReferences ?? []), controllerReference(parent)];
    env.server.update(kind, child, { ...child, metadata: { ...child.metadata, ownerReferences } });
    return true;
  }

  function letGo(child: Stored, uid: string): void {
    const parent = store.byUid(uid);
    if (parent === undefined || !parentKeys.includes(parent.kind.key) || isTerminating(parent.object)) return;
    if (selects(fieldAt(parent.object.spec, 'selector'), child.metadata.labels ?? {})) return;
    const { ownerReferences = [], ...metadata } = child.metadata;
    const others = ownerReferences.filter((reference) => reference.uid !== uid);
    env.server.update(kind, child, {
      ...child,
      metadata: others.length > 0 ? { ...metadata, ownerReferences: others } : metadata,
    });
  }
}
