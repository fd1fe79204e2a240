/**
 * The kubelets of all nodes: they take up Pods that were given a node, tell them of their end, and forget them when
 * their object is gone. What one Pod goes through in between is in `running-pod.ts`.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Change, Stored } from '../api/store.ts';
import type { Environment } from '../controllers/environment.ts';
import { hasEnded, isTerminating } from '../pods.ts';
import { finish } from './finish.ts';
import { RunningPod } from './running-pod.ts';
import type { KubeletTimes } from './settings.ts';

export function kubelet(env: Environment, times: KubeletTimes): void {
  const known = new Map<string, RunningPod>();

  env.on('pods', ({ type, object }: Change) => {
    const { uid } = object.metadata;
    const running = known.get(uid);
    if (type === 'deleted') {
      known.delete(uid);
      running?.objectGone(object);
    } else if (running) running.changed(object);
    else appeared(object);
  });

  function appeared(pod: Stored): void {
    if (fieldAt(pod.spec, 'nodeName') === undefined) return;
    if (hasEnded(pod)) {
      if (isTerminating(pod)) finish(env, times, pod);
      return;
    }
    const running = new RunningPod(env, times, pod);
    known.set(pod.metadata.uid, running);
    running.begin();
  }
}
