/**
 * A real API server killed and started again under running watches and writes: what the fake server in the unit tests
 * imitates, proven on the real thing. Uses a local cluster of its own, since nobody else would like it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeCluster, openCluster } from '../../src/cluster/kube/open.ts';
import { Mirror } from '../../src/cluster/mirror.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { down, restart, up } from '../../tools/local-cluster/index.ts';

const name = 'bookend-restart';
const namespace = 'restart';
const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace, labelSelector: 'test=restart' };

describe('an API server that is killed and started again', () => {
  let cluster: KubeCluster;

  before(async () => {
    const { environment } = await up({ name, images: false });
    cluster = await openCluster({ kubeconfig: environment.kubeconfig, retryForMs: 60_000 });
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'test' });
  });
  after(async () => {
    await cluster?.close();
    await down(name);
  });

  for (const downtimeMs of [0, 3_000]) {
    test(`for ${downtimeMs} ms: writes wait for it, and a watch agrees with a list soon afterwards`, async (context) => {
      const mirror = new Mirror(cluster, query);
      await mirror.whenSynced();
      const troubles: unknown[] = [];
      const watch = cluster.watch(query, {
        replace: () => undefined,
        changed: () => undefined,
        removed: () => undefined,
        trouble: (error) => troubles.push(error),
      });

      let stopped = false;
      const written = new Map<string, string>();
      const write = async (writer: string) => {
        for (let round = 0; !stopped; round += 1) {
          const { object } = await cluster.apply(configMap(`${writer}-${round % 10}`, String(round)), { fieldManager: 'test' });
          written.set(object.metadata.name, String(round));
          await sleep(10);
        }
      };
      const writing = Promise.allSettled(['a', 'b', 'c', 'd'].map(write));
      await sleep(1_000);
      try {
        await restart(name, 'kube-apiserver', { downtimeMs });
        await sleep(2_000);
      } finally {
        stopped = true;
      }
      for (const outcome of await writing) if (outcome.status === 'rejected') throw outcome.reason;
      const ended = performance.now();

      const { items } = await cluster.list(query);
      for (const [object, round] of written) {
        const found = items.find(({ metadata }) => metadata.name === object);
        assert.deepEqual(found?.data, { round });
      }
      while (!agrees(mirror, items)) {
        assert.ok(performance.now() - ended < 20_000, 'the watch has caught up');
        await sleep(20);
      }
      assert.ok(troubles.length >= 2, 'the break was told');
      assert.equal(troubles.at(-1), undefined, 'and its end');
      context.diagnostic(`the watch agreed ${Math.round(performance.now() - ended)} ms after the last write`);
      watch.close();
      mirror.close();
    });
  }
});

function configMap(object: string, round: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: object, namespace, labels: { test: 'restart' } },
    data: { round },
  };
}

function agrees(mirror: Mirror, items: KubernetesObject[]): boolean {
  const held = new Map(mirror.all().map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  return held.size === items.length && items.every(({ metadata }) => held.get(metadata.name) === metadata.resourceVersion);
}
