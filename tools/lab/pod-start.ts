/** How long a Pod takes to be ready, as a bystander with a watch sees it. */
import type { Cluster } from '../../src/cluster/port.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';

/**
 * Creates the Pod and waits until it is ready.
 * @returns it, and the ms from the request until its condition was seen
 * @throws Error with the state that it was last seen in
 */
export async function startPod(
  cluster: Cluster,
  pod: KubernetesObject,
  timeoutMs = 180_000,
): Promise<{ pod: KubernetesObject; ms: number }> {
  const { name, namespace = '' } = pod.metadata;
  const fieldSelector = `metadata.name=${name}`;
  let last: KubernetesObject | undefined;
  let close = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const ready = new Promise<number>((resolve, reject) => {
      const see = (seen: KubernetesObject) => {
        last = seen;
        if (isReady(seen)) resolve(performance.now());
      };
      const watch = cluster.watch(
        { apiVersion: 'v1', kind: 'Pod', namespace, fieldSelector },
        { replace: (pods) => pods.forEach(see), changed: see, removed: () => reject(new Error(`Pod ${name} went away`)) },
      );
      close = () => watch.close();
      const late = () =>
        reject(new Error(`Pod ${name} is not ready after ${timeoutMs / 1000} s: ${JSON.stringify(last?.status)}`));
      timer = setTimeout(late, timeoutMs);
    });
    const began = performance.now();
    const [ended] = await Promise.all([ready, cluster.create(pod)]);
    return { pod: last ?? pod, ms: ended - began };
  } finally {
    clearTimeout(timer);
    close();
  }
}

/** All of its containers are ready, as its condition says. */
export function isReady(pod: KubernetesObject): boolean {
  return listOf(fieldAt(pod, 'status', 'conditions')).some(
    (condition) => fieldAt(condition, 'type') === 'Ready' && fieldAt(condition, 'status') === 'True',
  );
}
