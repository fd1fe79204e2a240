/**
 * Controllers take over objects that match their selector and have no controller, and let go of those that no longer match
 * (`controller.ControllerRefManager`). That is how a workload made anew finds the Pods that an orphaning delete left behind.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import { selects } from '../../../objects/selectors.ts';
import { controllerReference, hasEnded, isTerminating } from '../pods.ts';
import type { Stored } from '../store.ts';
import { builtIn, type Environment, queueKey, workQueue } from './environment.ts';

/** @param childKey what is adopted, @param parentKeys by whom, each as a storage key. */
export function adoption(env: Environment, childKey: string, parentKeys: readonly string[]): void {
  const kind = builtIn(env, childKey);
  const parents = parentKeys.map((key) => builtIn(env, key));
  const look = workQueue(env, (key) => {
    const slash = key.indexOf('/');
    const child = env.server.store.get(childKey, key.slice(0, slash), key.slice(slash + 1));
    if (child === undefined || isTerminating(child)) return;
    const reference = controllerOf(child);
    if (reference === undefined) adopt(child);
    else letGo(child, reference.uid);
  });
  env.on(childKey, ({ type, object, old }) => {
    if (type === 'deleted' || isTerminating(object)) return;
    if (controllerOf(object) === undefined || (old !== undefined && old.metadata.labels !== object.metadata.labels))
      look(queueKey(object));
  });
  for (const key of parentKeys) {
    env.on(key, ({ type, object }) => {
      if (type !== 'added') return;
      for (const child of env.server.store.all(childKey, object.metadata.namespace))
        if (controllerOf(child) === undefined) look(queueKey(child));
    });
  }

  function adopt(child: Stored): void {
    if (childKey === 'pods' && hasEnded(child)) return;
    for (const parentKind of parents) {
      for (const parent of env.server.store.all(parentKind.key, child.metadata.namespace)) {
        if (isTerminating(parent) || !selects(fieldAt(parent.spec, 'selector'), child.metadata.labels ?? {})) continue;
        const ownerReferences = [...(child.metadata.ownerReferences ?? []), controllerReference(parent)];
        env.server.update(kind, child, { ...child, metadata: { ...child.metadata, ownerReferences } });
        return;
      }
    }
  }

  function letGo(child: Stored, uid: string): void {
    const parent = env.server.store.byUid(uid);
    if (parent === undefined || !parentKeys.includes(parent.kind.key) || isTerminating(parent.object)) return;
    if (selects(fieldAt(parent.object.spec, 'selector'), child.metadata.labels ?? {})) return;
    const ownerReferences = child.metadata.ownerReferences?.filter((reference) => reference.uid !== uid) ?? [];
    env.server.update(kind, child, { ...child, metadata: { ...child.metadata, ownerReferences } });
  }
}
