/**
 * What a restart of the node does to a Pod: its sandbox and with it every container is gone, its emptyDirs are not. The
 * kubelet makes a new sandbox and runs the init containers again.
 */
import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { until } from '../../../tools/lab/observe.ts';
import { isReady } from '../../../tools/lab/pod-start.ts';
import { patienceMs, type Stage } from '../support.ts';
import { initStatus, uidOf } from './pods.ts';

/**
 * Kills the Pod's sandbox on the node, behind the kubelet's back, and waits until the Pod is ready again with new
 * containers. Local cluster only.
 * @param copy init container that has to run again
 */
export async function killSandbox(stage: Stage, pod: KubernetesObject, copy: string): Promise<KubernetesObject> {
  const { name } = pod.metadata;
  const sandbox = await sandboxOf(stage, uidOf(pod));
  const before = initStatus(pod, copy).containerID;
  await stage.lab.run('ctr', ['tasks', 'kill', '--signal', 'SIGKILL', sandbox]);
  return until(
    `Pod ${name} to be ready with a new sandbox`,
    async () => {
      const now = await stage.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace, name });
      return now && isReady(now) && initStatus(now, copy).containerID !== before ? now : undefined;
    },
    patienceMs,
  );
}

/** The one that runs: one that is dead is kept for a while. */
async function sandboxOf({ lab }: Stage, uid: string): Promise<string> {
  const filter = `labels."io.kubernetes.pod.uid"==${uid},labels."io.cri-containerd.kind"==sandbox`;
  const { stdout: known } = await lab.run('ctr', ['containers', 'list', '--quiet', filter]);
  const { stdout: tasks } = await lab.run('ctr', ['tasks', 'list']);
  const running = known.split('\n').filter((id) => id && new RegExp(`^${id}\\s+\\d+\\s+RUNNING`, 'm').test(tasks));
  const [sandbox = assert.fail('the Pod has no sandbox'), ...others] = running;
  assert.deepEqual(others, []);
  return sandbox;
}
