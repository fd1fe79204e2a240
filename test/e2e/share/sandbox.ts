/**
 * What a restart of the node does to a Pod: its sandbox and with it every container is gone, its emptyDirs are not. The
 * kubelet makes a new sandbox and runs the init containers again.
 */
import assert from 'node:assert/strict';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { until } from '../../../tools/lab/observe.ts';
import { isReady } from '../../../tools/lab/pod-start.ts';
import type { TestBed } from '../support.ts';
import { initStatus, uidOf } from './pods.ts';

/**
 * Kills the Pod's sandbox on the node, behind the kubelet's back, and waits until the Pod is ready again with new
 * containers. Local cluster only.
 * @param copy init container that has to run again
 */
export async function killSandbox(bed: TestBed, pod: KubernetesObject, copy: string): Promise<KubernetesObject> {
  const { name } = pod.metadata;
  const sandbox = await sandboxOf(bed, uidOf(pod));
  const before = initStatus(pod, copy).containerID;
  await bed.lab.run('ctr', ['tasks', 'kill', '--signal', 'SIGKILL', sandbox]);
  return until(`Pod ${name} to be ready with a new sandbox`, async () => {
    const now = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace, name });
    return now && isReady(now) && initStatus(now, copy).containerID !== before ? now : undefined;
  });
}

/** The one that runs: one that is dead is kept for a while. */
async function sandboxOf({ lab }: TestBed, uid: string): Promise<string> {
  const filter = `labels."io.kubernetes.pod.uid"==${uid},labels."io.cri-containerd.kind"==sandbox`;
  const { stdout: known } = await lab.run('ctr', ['containers', 'list', '--quiet', filter]);
  const { stdout: tasks } = await lab.run('ctr', ['tasks', 'list']);
  const running = known.split('\n').filter((id) => id && new RegExp(`^${id}\\s+\\d+\\s+RUNNING`, 'm').test(tasks));
  const [sandbox = assert.fail('the Pod has no sandbox'), ...others] = running;
  assert.deepEqual(others, []);
  return sandbox;
}
