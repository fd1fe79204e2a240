/**
 * PersistentVolumeClaims: bound a moment after they are made (volumes themselves are not simulated), and kept by
 * `kubernetes.io/pvc-protection` while any Pod that has been scheduled names them, ended Pods included
 * (`pkg/controller/volume/pvcprotection`).
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { type Fields, mapsOf } from '../json.ts';
import { isTerminating } from '../pods.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const key = 'persistentvolumeclaims';
const protection = 'kubernetes.io/pvc-protection';

export function claims(env: Environment): void {
  const kind = builtIn(env, key);
  const add = workQueue(env, (queued) => {
    const claim = found(env, key, queued);
    if (claim === undefined) return;
    if (!isTerminating(claim)) {
      if (fieldAt(claim.status, 'phase') === 'Pending')
        env.server.updateStatus(kind, claim, { ...(claim.status as Fields), phase: 'Bound' });
      return;
    }
    if (!claim.metadata.finalizers?.includes(protection)) return;
    if (env.server.store.all('pods', claim.metadata.namespace).some((pod) => uses(pod, claim.metadata.name))) return;
    const finalizers = claim.metadata.finalizers.filter((finalizer) => finalizer !== protection);
    env.server.update(kind, claim, { ...claim, metadata: { ...claim.metadata, finalizers } });
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on('pods', ({ type, object }) => {
    if (type === 'deleted') for (const name of claimsOf(object)) add(`${object.metadata.namespace}/${name}`);
  });
}

/** The claims that a Pod mounts. */
export function claimsOf(pod: Stored): string[] {
  return mapsOf(fieldAt(pod.spec, 'volumes')).flatMap((volume) => {
    const name = fieldAt(volume, 'persistentVolumeClaim', 'claimName');
    return typeof name === 'string' ? [name] : [];
  });
}

function uses(pod: Stored, claim: string): boolean {
  return fieldAt(pod.spec, 'nodeName') !== undefined && claimsOf(pod).includes(claim);
}
