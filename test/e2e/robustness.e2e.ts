/**
 * What runs the teardown may fail at any moment: the operator is killed, the API server restarts, the leader changes.
 * Somebody who watches from outside sees the same order all the same, no preStop hook fails, and nothing is left.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt, listOf, mapOf, textOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { restartApiServer } from '../../tools/local-cluster/index.ts';
import { access, clusterOperator, ledger, workloadOf } from './objects.ts';
import {
  deleteResource,
  find,
  noFailedHook,
  operatorNamespace,
  patienceMs,
  podsOf,
  put,
  type Stage,
  untilGone,
  untilReady,
  untilStopping,
  useStage,
} from './support.ts';
import { Witness } from './witness.ts';

describe('While what runs it fails', () => {
  const stage = useStage('robustness');

  test('the operator crashes, comes back, and is taken away in the middle of a teardown: who comes after it goes on in the written order', async () => {
    const run = await twoLayers(stage, 'e2e-killed', 5);
    await deleteResource(stage, 'e2e-killed');
    await untilStopping(stage, 'e2e-killed-front');
    await crashOperator(stage);
    const order = (await find(stage, 'e2e-killed'))?.status?.teardown?.order;
    assert.ok(order, 'the order is on record');
    await untilStopping(stage, 'e2e-killed');
    assert.deepEqual((await find(stage, 'e2e-killed'))?.status?.teardown?.order, order, 'and stays as it was written');
    await killOperator(stage);
    await inOrder(stage, 'e2e-killed', run);
  });

  test('the operator crashes in the middle of an installation: nothing is made twice, nothing before its time', async () => {
    const name = 'e2e-halfway';
    const before = await snapshot(stage.cluster);
    await put(stage, resourceOf(stage, name, { readyAfterSeconds: 6 }));
    await until('the first layer', async () => (await podsOf(stage, name)).length > 0, patienceMs);
    await crashOperator(stage);
    assert.deepEqual(await podsOf(stage, `${name}-front`), [], 'the second layer waits for the first');
    const resource = await untilReady(stage, name);
    assert.equal((await podsOf(stage, name)).length, 1);
    const witness = await Witness.of(stage.cluster, resource);
    await deleteResource(stage, name);
    await inOrder(stage, name, { witness, before, pods: [] });
  });

  test('the API server is killed and started again in the middle of a teardown', async (context) => {
    const { local } = stage.lab;
    if (local === undefined) return context.skip('only on a local cluster');
    const run = await twoLayers(stage, 'e2e-restart', 20);
    await deleteResource(stage, 'e2e-restart');
    await untilStopping(stage, 'e2e-restart-front');
    await restartApiServer(local, { downtimeMs: 1_500 });
    await inOrder(stage, 'e2e-restart', run);
  });

  test('of two operators the leader goes in the middle of a teardown: the other one takes over at once', async () => {
    await scaleOperator(stage, 2);
    const run = await twoLayers(stage, 'e2e-leaders', 5);
    await deleteResource(stage, 'e2e-leaders');
    await untilStopping(stage, 'e2e-leaders-front');
    const first = await leader(stage);
    await stage.lab.run('kubectl', ['delete', 'pod', first, '-n', operatorNamespace, '--wait=false']);
    const second = await until('another leader', async () => {
      const now = await leader(stage);
      return now !== first && now !== '' ? now : undefined;
    });
    assert.ok((await operatorPods(stage)).some((pod) => pod.metadata.name === second));
    await inOrder(stage, 'e2e-leaders', run);
    await scaleOperator(stage, 1);
  });
});

type Run = { witness: Witness; before: Set<string>; pods: string[] };

/** A base and a front that depends on it, each with an account, rights and Pods that need them to the end. */
function resourceOf({ namespace }: Stage, name: string, options: { stopSeconds?: number; readyAfterSeconds?: number } = {}) {
  const workload = { ...options, graceSeconds: 90 };
  return clusterOperator(name, namespace, [
    { name: 'base', objects: [...access(name, namespace), workloadOf(name, workload)] },
    {
      name: 'front',
      dependsOn: ['base'],
      objects: [...access(`${name}-front`, namespace), workloadOf(`${name}-front`, { ...workload, kind: 'Deployment' })],
    },
  ]);
}

async function twoLayers(stage: Stage, name: string, stopSeconds: number): Promise<Run> {
  const before = await snapshot(stage.cluster);
  await put(stage, resourceOf(stage, name, { stopSeconds }));
  const witness = await Witness.of(stage.cluster, await untilReady(stage, name));
  const pods = [...(await podsOf(stage, name)), ...(await podsOf(stage, `${name}-front`))].map((pod) => pod.metadata.name);
  assert.ok(pods.length >= 2);
  return { witness, before, pods };
}

async function inOrder(stage: Stage, name: string, { witness, before, pods }: Run): Promise<void> {
  await untilGone(stage, name);
  const { violations, checked, order } = witness.verdict();
  const front = witness.goneBefore(new RegExp(`^Pod/.*/${name}-front-`), new RegExp(`^DaemonSet.*/${name}$`));
  witness.close();
  assert.deepEqual(violations, [], `the order was kept; it was ${order.join(', ')}`);
  assert.deepEqual(front, []);
  assert.ok(checked > 0, 'a witness saw it');
  await noFailedHook(stage, name);
  const entries = (await stage.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: stage.namespace, name: ledger }))
    ?.data;
  for (const pod of pods) assert.equal(textOf(fieldAt(entries, pod)), 'stopped', `${pod} could use the API to its end`);
  const left = (await residueSince(stage.cluster, before)).filter((id) => id.includes(name));
  assert.deepEqual(left, [], 'nothing is left');
}

async function operatorPods({ cluster }: Stage): Promise<KubernetesObject[]> {
  const labelSelector = 'app.kubernetes.io/name=bookend';
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace, labelSelector });
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Taken away without waiting for it. */
async function killOperator(stage: Stage): Promise<void> {
  for (const pod of await operatorPods(stage)) {
    await stage.lab.run('kubectl', ['delete', 'pod', pod.metadata.name, '-n', operatorNamespace, '--grace-period=0', '--force']);
  }
}

/**
 * A crash: no signal, no last word, the lease not handed back. Where the node cannot be reached its Pod is taken away
 * instead.
 */
async function crashOperator(stage: Stage): Promise<void> {
  if (stage.lab.local === undefined) return killOperator(stage);
  for (const pod of await operatorPods(stage)) {
    for (const status of listOf(fieldAt(pod, 'status', 'containerStatuses')).map(mapOf)) {
      const container = textOf(status.containerID)?.replace('containerd://', '') ?? '';
      await stage.lab.run('ctr', ['-n', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', container]);
    }
  }
}

async function scaleOperator(stage: Stage, replicas: number): Promise<void> {
  const { lab } = stage;
  await lab.run('kubectl', ['scale', 'deployment', 'bookend', '-n', operatorNamespace, `--replicas=${replicas}`]);
  await lab.run('kubectl', ['rollout', 'status', 'deployment', 'bookend', '-n', operatorNamespace, '--timeout=180s']);
}

async function leader({ cluster }: Stage): Promise<string> {
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: operatorNamespace, name: 'bookend' };
  return textOf(fieldAt(await cluster.get(lease), 'spec', 'holderIdentity')) ?? '';
}
