/**
 * Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs: what they make, what they tell, and what a
 * deletionTimestamp does to each.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldAt } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { SimulatedCluster } from '../index.ts';
import { home, homeCluster, inHome, job, podNames, ref, workload } from '../testing/samples.ts';

const cluster = (...objects: KubernetesObject[]) => homeCluster({}, ...objects);

async function statusOf({ cluster: port }: SimulatedCluster, apiVersion: string, kind: string, name: string) {
  return (await port.get(ref(apiVersion, kind, name)))?.status as Record<string, unknown>;
}

const secondVersion = { type: 'merge', value: { spec: { template: { metadata: { labels: { version: 'two' } } } } } } as const;
const never = { 'simulated.bookend.dev/ready-ms': 'never' };
/** Marks a workload without deleting anything else: with a finalizer of its own. */
async function terminate({ cluster: port, settle }: SimulatedCluster, kind: string, name: string) {
  const target = ref('apps/v1', kind, name);
  await port.patch(target, { type: 'merge', value: { metadata: { finalizers: ['example.com/hold'] } } });
  await settle();
  await port.delete(target, { propagation: 'Background' });
  await settle();
}
async function deletePods({ cluster: port, settle }: SimulatedCluster) {
  const { items } = await port.list({ apiVersion: 'v1', kind: 'Pod', namespace: home });
  for (const { metadata } of items) await port.delete(ref('v1', 'Pod', metadata.name));
  await settle(5_000);
}

describe('a Deployment', () => {
  test('makes a ReplicaSet that inherits its annotations, and Pods; and tells when they are available', async () => {
    const { simulated, port, settle } = await cluster();
    const deployment = workload('Deployment', 'web', { more: { replicas: 3 } });
    await port.create({ ...deployment, metadata: { ...deployment.metadata, annotations: { note: 'inherited' } } });
    await settle();
    const [set] = (await port.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: home })).items;
    assert.equal(set?.metadata.annotations?.note, 'inherited');
    assert.equal((await podNames(simulated)).length, 3);
    const { conditions, ...counts } = await statusOf(simulated, 'apps/v1', 'Deployment', 'web');
    assert.deepEqual(counts, { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
    const said = (conditions as Record<string, unknown>[]).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
    assert.deepEqual(said, ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable']);
  });

  test('whose Pods do not become ready is unavailable, and after its deadline has failed', async () => {
    const { simulated, settle } = await cluster(
      workload('Deployment', 'web', { annotations: never, more: { progressDeadlineSeconds: 60 } }),
    );
    const conditions = async () =>
      ((await statusOf(simulated, 'apps/v1', 'Deployment', 'web')).conditions as Record<string, unknown>[]).map(
        ({ type, status, reason }) => `${type} ${status} ${reason}`,
      );
    assert.deepEqual(await conditions(), ['Available False MinimumReplicasUnavailable', 'Progressing True ReplicaSetUpdated']);
    await settle(70_000);
    assert.deepEqual(await conditions(), [
      'Available False MinimumReplicasUnavailable',
      'Progressing False ProgressDeadlineExceeded',
    ]);
  });

  test('rolls a new template out and never has fewer Pods available than allowed', async () => {
    const { simulated, port, clock } = await cluster(workload('Deployment', 'web', { more: { replicas: 4 } }));
    let fewest = 4;
    await port.patch(ref('apps/v1', 'Deployment', 'web'), secondVersion);
    await clock.runUntil(async () => {
      const ready = simulated.server.store
        .all('pods')
        .filter((pod) => fieldAt(pod.status, 'phase') === 'Running' && pod.metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, ready.length);
      return false;
    }, 20_000);
    const { items } = await port.list({ apiVersion: 'v1', kind: 'Pod', namespace: home });
    const versions = items.map(({ metadata }) => metadata.labels?.version);
    assert.deepEqual(versions, ['two', 'two', 'two', 'two']);
    assert.ok(fewest >= 3, `${fewest} at the fewest`);
    assert.equal((await statusOf(simulated, 'apps/v1', 'Deployment', 'web')).updatedReplicas, 4);
  });

  test('Recreate waits for the last old Pod to be gone', async () => {
    const { port, settle, log } = await cluster(workload('Deployment', 'web', { more: { strategy: { type: 'Recreate' } } }));
    await port.patch(ref('apps/v1', 'Deployment', 'web'), secondVersion);
    await settle(20_000);
    const [, second] = log.filter(({ what, ref: { kind } }) => what === 'created' && kind === 'Pod');
    const [first] = log.filter(({ what, ref: { kind } }) => what === 'gone' && kind === 'Pod');
    assert.ok(first && second && first.at <= second.at);
  });

  test('while terminating makes no ReplicaSet, but its ReplicaSet heals the Pods', async () => {
    const { simulated, port, settle } = await cluster(workload('Deployment', 'web'));
    await terminate(simulated, 'Deployment', 'web');
    const before = await podNames(simulated);
    await deletePods(simulated);
    assert.notDeepEqual(await podNames(simulated), before);
    assert.equal((await podNames(simulated)).length, 1);
    const [set] = (await port.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: home })).items;
    await port.delete(ref('apps/v1', 'ReplicaSet', set?.metadata.name ?? ''));
    await settle(60_000);
    assert.deepEqual(await podNames(simulated), []);
    assert.equal((await statusOf(simulated, 'apps/v1', 'Deployment', 'web')).observedGeneration, 2);
  });
});

describe('a ReplicaSet', () => {
  test('while terminating neither makes nor deletes Pods, and still tells its status', async () => {
    const simulated = await cluster();
    await simulated.cluster.create(workload('ReplicaSet', 'web', { more: { replicas: 2 } }));
    await terminate(simulated, 'ReplicaSet', 'web');
    await deletePods(simulated);
    assert.deepEqual(await podNames(simulated), []);
    assert.equal((await statusOf(simulated, 'apps/v1', 'ReplicaSet', 'web')).replicas, 0);
  });

  test('says why it cannot make Pods, and makes them once it can', async () => {
    const { simulated, port, settle } = await cluster(workload('ReplicaSet', 'web', { account: 'late' }));
    const [condition] = (await statusOf(simulated, 'apps/v1', 'ReplicaSet', 'web')).conditions as Record<string, unknown>[];
    assert.equal(condition?.type, 'ReplicaFailure');
    assert.match(String(condition?.message), /serviceaccount "late" not found/);
    await port.create(inHome('v1', 'ServiceAccount', 'late'));
    await settle(30_000);
    const status = await statusOf(simulated, 'apps/v1', 'ReplicaSet', 'web');
    assert.deepEqual([status.readyReplicas, status.conditions], [1, undefined]);
  });

  test('scaled down lets the Pods go that are of least use', async () => {
    const { simulated, port, settle } = await cluster(workload('ReplicaSet', 'web', { more: { replicas: 3 } }));
    await port.patch(ref('apps/v1', 'ReplicaSet', 'web'), { type: 'merge', value: { spec: { replicas: 1 } } });
    await settle(5_000);
    assert.equal((await podNames(simulated)).length, 1);
  });
});

describe('a StatefulSet', () => {
  test('owns its claims when they are to go with it, and leaves them otherwise', async () => {
    for (const whenDeleted of ['Delete', 'Retain']) {
      const { port, untilQuiet } = await cluster();
      const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
      const persistentVolumeClaimRetentionPolicy = { whenDeleted, whenScaled: 'Retain' };
      const db = workload('StatefulSet', 'db', { more: { volumeClaimTemplates } });
      await port.create({ ...db, spec: { ...(db.spec as object), volumeClaimTemplates, persistentVolumeClaimRetentionPolicy } });
      await untilQuiet();
      await port.delete(ref('apps/v1', 'StatefulSet', 'db'));
      await untilQuiet();
      const claim = await port.get(ref('v1', 'PersistentVolumeClaim', 'data-db-0'));
      assert.equal(claim === undefined, whenDeleted === 'Delete');
    }
  });

  test('gives its claims the labels that it selects its Pods by', async () => {
    const simulated = await cluster();
    const port = simulated.connect().cluster;
    const volumeClaimTemplates = [{ metadata: { name: 'data', labels: { tier: 'fast' } }, spec: {} }];
    const db = workload('StatefulSet', 'db', { more: { volumeClaimTemplates } });
    await port.create(db);
    await simulated.clock.advance(2_000);
    const claim = await port.get(ref('v1', 'PersistentVolumeClaim', 'data-db-0'));
    assert.deepEqual(claim?.metadata.labels, { tier: 'fast', app: 'db' });
  });

  test('makes its Pods by number, one after the other, each with its own claim', async () => {
    const { simulated, port, settle } = await cluster();
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
    await port.create(workload('StatefulSet', 'db', { more: { replicas: 2, serviceName: 'db', volumeClaimTemplates } }));
    await settle(2_000);
    assert.deepEqual(await podNames(simulated), ['db-0', 'db-1']);
    const ready = simulated.log.find(({ what, ref: { name } }) => what === 'ready' && name === 'db-0');
    const second = simulated.log.find(({ what, ref: { name } }) => what === 'created' && name === 'db-1');
    assert.ok(ready && second && ready.at < second.at);
    const { items } = await port.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: home });
    assert.deepEqual(
      items.map(({ metadata, status }) => [metadata.name, fieldAt(status, 'phase')]),
      [
        ['data-db-0', 'Bound'],
        ['data-db-1', 'Bound'],
      ],
    );
    const { readyReplicas, observedGeneration } = await statusOf(simulated, 'apps/v1', 'StatefulSet', 'db');
    assert.deepEqual([readyReplicas, observedGeneration], [2, 1]);
    await port.delete(ref('apps/v1', 'StatefulSet', 'db'), { propagation: 'Foreground' });
    await settle(60_000);
    assert.deepEqual(await podNames(simulated), []);
    assert.equal((await port.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: home })).items.length, 2);
  });

  test('replaces a Pod under the same name once the old one is gone', async () => {
    const simulated = await cluster(workload('StatefulSet', 'db'));
    await deletePods(simulated);
    assert.deepEqual(await podNames(simulated), ['db-0']);
  });

  test('while terminating makes no Pods', async () => {
    const simulated = await cluster(workload('StatefulSet', 'db'));
    await terminate(simulated, 'StatefulSet', 'db');
    await deletePods(simulated);
    assert.deepEqual(await podNames(simulated), []);
  });
});

describe('a DaemonSet', () => {
  test('has one Pod on each node, also on one that comes later', async () => {
    const { simulated, port, settle } = await homeCluster({ nodes: 2 }, workload('DaemonSet', 'agent'));
    assert.equal((await podNames(simulated)).length, 2);
    await port.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'late' } });
    await settle();
    const { items } = await port.list({ apiVersion: 'v1', kind: 'Pod', namespace: home });
    assert.deepEqual(items.map(({ spec }) => fieldAt(spec, 'nodeName')).sort(), ['late', 'node-1', 'node-2']);
    assert.deepEqual(await statusOf(simulated, 'apps/v1', 'DaemonSet', 'agent'), {
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    });
  });

  test('replaces the Pods of an old template one after the other', async () => {
    const { port, settle } = await homeCluster({ nodes: 2 }, workload('DaemonSet', 'agent'));
    await port.patch(ref('apps/v1', 'DaemonSet', 'agent'), secondVersion);
    await settle(20_000);
    const { items } = await port.list({ apiVersion: 'v1', kind: 'Pod', namespace: home });
    const versions = items.map(({ metadata }) => metadata.labels?.version);
    assert.deepEqual(versions, ['two', 'two']);
  });

  test('while terminating does nothing at all: Pods stay, none is made anew, the status is told no more', async () => {
    const simulated = await cluster(workload('DaemonSet', 'agent'));
    await terminate(simulated, 'DaemonSet', 'agent');
    assert.equal((await podNames(simulated)).length, 1);
    await deletePods(simulated);
    assert.deepEqual(await podNames(simulated), []);
    const { numberReady, observedGeneration } = await statusOf(simulated, 'apps/v1', 'DaemonSet', 'agent');
    assert.deepEqual([numberReady, observedGeneration], [1, 1]);
  });
});

describe('a Job', () => {
  test('runs its Pod to the end and says so', async () => {
    const { simulated, port, settle } = await cluster();
    await port.create(job('task'));
    await settle(5_000);
    const { conditions, succeeded, active } = await statusOf(simulated, 'batch/v1', 'Job', 'task');
    assert.deepEqual([succeeded, active], [1, undefined]);
    const types = (conditions as Record<string, unknown>[]).map(({ type }) => type);
    assert.deepEqual(types, ['SuccessCriteriaMet', 'Complete']);
    const [pod] = (await port.list({ apiVersion: 'v1', kind: 'Pod', namespace: home })).items;
    assert.equal(fieldAt(pod?.status, 'phase'), 'Succeeded');
    assert.equal(pod?.metadata.finalizers, undefined);
  });

  test('tries again with growing waits until its limit, and has failed then', async () => {
    const { simulated, port, settle } = await cluster();
    await port.create(job('task', { annotations: { 'simulated.bookend.dev/exit-code': '1' }, more: { backoffLimit: 2 } }));
    await settle(5_000);
    assert.equal((await podNames(simulated)).length, 1);
    await settle(120_000);
    assert.equal((await podNames(simulated)).length, 3);
    const { conditions, failed } = await statusOf(simulated, 'batch/v1', 'Job', 'task');
    assert.equal(failed, 3);
    assert.equal((conditions as Record<string, unknown>[]).at(-1)?.reason, 'BackoffLimitExceeded');
  });

  test('past its deadline has failed and ends its Pods', async () => {
    const simulated = await cluster();
    await simulated.cluster.create(
      job('task', { annotations: { 'simulated.bookend.dev/run-ms': '600000' }, more: { activeDeadlineSeconds: 10 } }),
    );
    await simulated.settle(60_000);
    assert.deepEqual(await podNames(simulated), []);
    const { conditions } = await statusOf(simulated, 'batch/v1', 'Job', 'task');
    assert.equal((conditions as Record<string, unknown>[]).at(-1)?.reason, 'DeadlineExceeded');
  });

  test('goes by itself after ttlSecondsAfterFinished, its Pods with it', async () => {
    const simulated = await cluster();
    await simulated.cluster.create(job('task', { more: { ttlSecondsAfterFinished: 5 } }));
    await simulated.settle(20_000);
    assert.equal(await simulated.cluster.get(ref('batch/v1', 'Job', 'task')), undefined);
    assert.deepEqual(await podNames(simulated), []);
  });

  test('while terminating makes no new Pods', async () => {
    const { simulated, port, settle } = await cluster();
    await port.create(job('task', { annotations: { 'simulated.bookend.dev/run-ms': '600000' } }));
    await port.patch(ref('batch/v1', 'Job', 'task'), {
      type: 'merge',
      value: { metadata: { finalizers: ['example.com/hold'] } },
    });
    await settle();
    await port.delete(ref('batch/v1', 'Job', 'task'), { propagation: 'Background' });
    await deletePods(simulated);
    await settle(120_000);
    assert.deepEqual(await podNames(simulated), []);
  });
});
