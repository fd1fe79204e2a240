/**
 * What runs the teardown may fail at any moment: the operator is killed, the API server restarts, the leader changes.
 * Somebody who watches from outside sees the same order all the same, no preStop hook fails, and nothing is left.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, listOf, mapOf, textOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import { type OrderItem, orderOf } from '../../src/resource/status/order.ts';
import { until } from '../../tools/lab/observe.ts';
import { snapshot } from '../../tools/lab/residue.ts';
import { restart } from '../../tools/local-cluster/index.ts';
import { clusterOperator } from './objects.ts';
import {
  bringUp,
  deleteResource,
  find,
  operatorNamespace,
  podsOf,
  put,
  type TestBed,
  untilReady,
  untilStopping,
  useTestBed,
} from './support.ts';
import { leftNothing, type Run, twoLayersOf, wentInOrder } from './two-layers.ts';
import { Witness } from './witness.ts';

describe('While what runs it fails', () => {
  const bed = useTestBed('robustness');

  test('the operator crashes, comes back, and is taken away in the middle of a teardown: who comes after it goes on in the written order', async () => {
    const run = await twoLayers(bed, 'e2e-killed', 5);
    await deleteResource(bed, 'e2e-killed');
    await untilStopping(bed, 'e2e-killed-front');
    await crashOperator(bed);
    const order = await orderOnRecord(bed, 'e2e-killed');
    assert.ok(order.length > 0, 'the order is on record');
    await untilStopping(bed, 'e2e-killed');
    assert.deepEqual(await orderOnRecord(bed, 'e2e-killed'), order, 'and stays as it was written');
    await killOperator(bed);
    await inOrder(bed, 'e2e-killed', run);
  });

  test('the operator crashes in the middle of an installation: nothing is made twice, nothing before its time', async () => {
    const name = 'e2e-halfway';
    const before = await snapshot(bed.cluster);
    await put(bed, resourceOf(bed, name, { readyAfterSeconds: 6 }));
    await until('the first layer', async () => (await podsOf(bed, name)).length > 0);
    await crashOperator(bed);
    assert.deepEqual(await podsOf(bed, `${name}-front`), [], 'the second layer waits for the first');
    const resource = await untilReady(bed, name);
    assert.equal((await podsOf(bed, name)).length, 1);
    const witness = await Witness.of(bed.cluster, resource);
    await deleteResource(bed, name);
    await inOrder(bed, name, { witness, before, pods: [] });
  });

  test('the API server is killed and started again in the middle of a teardown', async (context) => {
    const { local } = bed.lab;
    if (local === undefined) return context.skip('only on a local cluster');
    const run = await twoLayers(bed, 'e2e-restart', 20);
    await deleteResource(bed, 'e2e-restart');
    await untilStopping(bed, 'e2e-restart-front');
    await restart(local, 'kube-apiserver', { downtimeMs: 1_500 });
    await inOrder(bed, 'e2e-restart', run);
  });

  test('of two operators the leader goes in the middle of a teardown: the other one takes over at once', async () => {
    await scaleOperator(bed, 2);
    const run = await twoLayers(bed, 'e2e-leaders', 5);
    await deleteResource(bed, 'e2e-leaders');
    await untilStopping(bed, 'e2e-leaders-front');
    const first = await leader(bed);
    await bed.lab.run('kubectl', ['delete', 'pod', first, '-n', operatorNamespace, '--wait=false']);
    const second = await until('another leader', async () => {
      const now = await leader(bed);
      return now !== first && now !== '' ? now : undefined;
    });
    assert.ok((await operatorPods(bed)).some((pod) => pod.metadata.name === second));
    await inOrder(bed, 'e2e-leaders', run);
    await scaleOperator(bed, 1);
  });
});

async function orderOnRecord(bed: TestBed, name: string): Promise<OrderItem[]> {
  const status = (await find(bed, name))?.status;
  return orderOf(status?.teardown, inventoryOf(status));
}

function resourceOf({ namespace }: TestBed, name: string, options: { stopSeconds?: number; readyAfterSeconds?: number } = {}) {
  return clusterOperator(name, namespace, twoLayersOf(name, namespace, { ...options, graceSeconds: 90 }));
}

async function twoLayers(bed: TestBed, name: string, stopSeconds: number): Promise<Run> {
  const before = await snapshot(bed.cluster);
  const witness = await Witness.of(bed.cluster, await bringUp(bed, resourceOf(bed, name, { stopSeconds })));
  const pods = [...(await podsOf(bed, name)), ...(await podsOf(bed, `${name}-front`))].map((pod) => pod.metadata.name);
  assert.ok(pods.length >= 2);
  return { witness, before, pods };
}

async function inOrder(bed: TestBed, name: string, run: Run): Promise<void> {
  await wentInOrder(bed, name, run);
  await leftNothing(bed, name, run);
}

async function operatorPods({ cluster }: TestBed): Promise<KubernetesObject[]> {
  const labelSelector = 'app.kubernetes.io/name=bookend';
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace, labelSelector });
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Taken away without waiting for it. */
async function killOperator(bed: TestBed): Promise<void> {
  for (const pod of await operatorPods(bed)) {
    await bed.lab.run('kubectl', ['delete', 'pod', pod.metadata.name, '-n', operatorNamespace, '--grace-period=0', '--force']);
  }
}

/**
 * A crash: no signal, no last word, the lease not handed back. Where the node cannot be reached its Pod is taken away
 * instead.
 */
async function crashOperator(bed: TestBed): Promise<void> {
  if (bed.lab.local === undefined) return killOperator(bed);
  for (const pod of await operatorPods(bed)) {
    for (const status of listOf(fieldAt(pod, 'status', 'containerStatuses')).map(mapOf)) {
      const container = textOf(status.containerID)?.replace('containerd://', '') ?? '';
      await bed.lab.run('ctr', ['-n', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', container]);
    }
  }
}

async function scaleOperator(bed: TestBed, replicas: number): Promise<void> {
  const { lab } = bed;
  await lab.run('kubectl', ['scale', 'deployment', 'bookend', '-n', operatorNamespace, `--replicas=${replicas}`]);
  await lab.run('kubectl', ['rollout', 'status', 'deployment', 'bookend', '-n', operatorNamespace, '--timeout=180s']);
}

async function leader({ cluster }: TestBed): Promise<string> {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: operatorNamespace, name: 'bookend' };
  return textOf(fieldAt(await cluster.get(lease), 'spec', 'holderIdentity')) ?? '';
}
