/** Labelled Pods that are created the whole time: whether the webhook was ever missed shows in what became of them. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/cluster/port.ts';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { image } from './objects.ts';

export type Stream = {
  /** Pods that were admitted. */
  admitted: number;
  /** Those of them that had their share. */
  shared: number;
  /** What the API server said of those that were not. */
  refusals: string[];
  /** The longest that one had to wait, in ms. */
  slowestMs: number;
};

/** A Pod with two containers and an empty directory for both. */
export function sharingPod(name: string, namespace: string, annotations: Record<string, string> = {}): KubernetesObject {
  const container = { image, args: ['-e', 'setInterval(() => {}, 1e6)'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { app: name, 'share.bookend.dev/inject': 'true' },
      annotations: { 'share.bookend.dev/cache': 'app:/cache, worker:/work', ...annotations },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'app', ...container },
        { name: 'worker', ...container },
      ],
    },
  };
}

/**
 * Creates labelled Pods, about thirty a second, while `work` goes on. They are dry runs: admission sees no difference,
 * and the node has other things to do.
 */
export async function whilePodsAreCreated(cluster: Cluster, namespace: string, work: () => Promise<unknown>): Promise<Stream> {
  const stream: Stream = { admitted: 0, shared: 0, refusals: [], slowestMs: 0 };
  let going = true;
  const one = async (lane: number) => {
    for (let count = 0; going; count += 1) {
      const began = performance.now();
      try {
        const pod = await cluster.create(sharingPod(`e2e-stream-${lane}-${count}`, namespace), { dryRun: true });
        stream.admitted += 1;
        if (hasShare(pod)) stream.shared += 1;
      } catch (error) {
        stream.refusals.push(`${new Date().toISOString()} ${String(error)}`);
      }
      stream.slowestMs = Math.max(stream.slowestMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const lanes = [0, 1, 2].map(one);
  try {
    await work();
  } finally {
    going = false;
    await Promise.all(lanes);
  }
  return stream;
}

/** Nobody was refused, nobody was left without a share. */
export function assertUnbroken({ admitted, shared, refusals }: Stream): void {
  assert.deepEqual(refusals, [], 'no Pod was refused');
  assert.ok(admitted > 10, `${admitted} Pods are too few to tell`);
  assert.equal(shared, admitted, 'every Pod had its share');
}

function hasShare(pod: KubernetesObject): boolean {
  return listOf(fieldAt(pod, 'spec', 'containers')).every((container) =>
    listOf(fieldAt(container, 'volumeMounts')).some((mount) => fieldAt(mount, 'name') === 'bookend-share-cache'),
  );
}
