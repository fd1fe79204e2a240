/** The kubelet's last request for a Pod, and the account that it makes all of them with. */
import { isCode } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { kubeletOn, type User } from '../api/user.ts';
import type { Environment } from '../controllers/environment.ts';
import { draw } from '../random.ts';
import type { KubeletTimes } from './settings.ts';

const refusedRetryMs = 10_000;

/** A DELETE without grace, once all containers have ended. A finalizer may keep the object all the same. */
export function finish(env: Environment, times: KubeletTimes, pod: Stored): void {
  if (pod.metadata.deletionGracePeriodSeconds === 0 && pod.metadata.finalizers?.length) return;
  const { name, namespace = '', uid } = pod.metadata;
  const attempt = () => {
    if (!env.server.store.byUid(uid)) return;
    try {
      env.server.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { uid, gracePeriodSeconds: 0 }, kubeletOf(pod));
    } catch (error) {
      // Admission may refuse the kubelet as anybody else; it comes again.
      if (!isRefusal(error)) throw error;
      env.clock.afterSettled(refusedRetryMs, attempt, 'retry');
    }
  };
  env.clock.afterSettled(draw(env.random, times.kubeletDelayMs), attempt);
}

/** The kubelet of the Pod's node. */
export function kubeletOf(pod: Stored): User {
  return kubeletOn(String(fieldAt(pod.spec, 'nodeName')));
}

/** What admission, a conflict or an overloaded server may answer to a kubelet's write. */
export function isRefusal(error: unknown): boolean {
  return isCode(error, 'forbidden', 'invalid', 'unreachable', 'conflict', 'throttled');
}
