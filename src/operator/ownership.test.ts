/**
 * Whose an object is, on the simulated cluster: what a tenant can write proves nothing, and what is not ours is not
 * touched.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { isClaimed } from '../install/claim.ts';
import { listOf } from '../objects/fields.ts';
import {
  adoptAnnotation,
  clusterOperatorLabel,
  dependsOnAnnotation,
  keepAnnotation,
  nonceAnnotation,
  teardownFinalizer,
} from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import { account, configMap, namespace, workload } from '../teardown/testing/samples.ts';
import { clusterOperator, prepareCluster, resourceOf, startOperator } from './testing/operator-run.ts';

const one = (...objects: KubernetesObject[]) => clusterOperator('one', [{ name: 'all', objects }]);
const oneRef = { ...clusterOperatorKind, name: 'one' };
const refOfMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name });
const statusOf = (simulated: SimulatedCluster, resource: ClusterOperator) => resourceOf(simulated, { resource })?.status;
const eventsOf = ({ server }: SimulatedCluster) =>
  server.store.all('events').map(({ reason, message }) => `${String(reason)}: ${String(message)}`);

async function withOperator(foreign: KubernetesObject[] = []): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster();
  await prepareCluster(simulated, [namespace(), ...foreign]);
  startOperator(simulated);
  return simulated;
}

async function installed(simulated: SimulatedCluster, resource: ClusterOperator): Promise<void> {
  await simulated.cluster.create(resource);
  await simulated.until(() => statusOf(simulated, resource)?.phase === 'Ready', 60_000);
  await simulated.settle(2_000);
}

async function removed(simulated: SimulatedCluster, resource: ClusterOperator): Promise<void> {
  await simulated.cluster.delete(oneRef);
  await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 120_000);
}

describe('an object that somebody made before', () => {
  const forgeries = {
    'bears our label': { labels: { [clusterOperatorLabel]: 'one' } },
    'says that it may be adopted': { annotations: { [adoptAnnotation]: 'true' } },
    'bears label, annotation and a nonce of its own': {
      labels: { [clusterOperatorLabel]: 'one' },
      annotations: { [adoptAnnotation]: 'true', [nonceAnnotation]: 'guessed' },
    },
  };
  for (const [what, metadata] of Object.entries(forgeries)) {
    test(`is not ours because it ${what}`, async () => {
      const simulated = await withOperator([configMap('squatted', metadata)]);
      const before = await simulated.cluster.get(refOfMap('squatted'));
      const resource = one(configMap('squatted'), configMap('ours'));
      await simulated.cluster.create(resource);
      await simulated.until(() => statusOf(simulated, resource)?.phase === 'Refused', 60_000);
      assert.match(statusOf(simulated, resource)?.blocker ?? '', /ConfigMap agents\/squatted exists already and is not ours/);
      await removed(simulated, resource);
      assert.deepEqual(await simulated.cluster.get(refOfMap('squatted')), before);
    });
  }
});

describe('an object of ours', () => {
  test('is still known when the answers to its creation and to the apply after it were lost', async () => {
    const simulated = await withOperator();
    const lost = new Set<string>();
    simulated.intercept.afterWrite = (_, { verb, ref, n }) => {
      if (ref.name !== 'ours' || lost.has(verb)) return;
      lost.add(verb);
      throw new BookendError('unreachable', `the answer to request ${n} was lost`);
    };
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    assert.deepEqual([...lost], ['create', 'patch', 'apply']);
    await removed(simulated, resource);
    assert.equal(await simulated.cluster.get(refOfMap('ours')), undefined);
  });
});

describe('a squatter in the moment before the creation', () => {
  test('is neither adopted nor changed; what is ours is created when it has left', async () => {
    const simulated = await withOperator();
    const squatter = { ...configMap('squatted', { labels: { [clusterOperatorLabel]: 'one' } }), data: { theirs: 'yes' } };
    let squats = false;
    simulated.intercept.beforeWrite = (_, { verb, ref }) => {
      if (squats || verb !== 'create' || ref.name !== 'squatted') return;
      squats = true;
      void simulated.cluster.create(squatter);
    };
    const resource = one(configMap('squatted'), configMap('other'));
    await simulated.cluster.create(resource);
    await simulated.until(() => statusOf(simulated, resource)?.phase === 'Degraded', 60_000);
    assert.match(
      statusOf(simulated, resource)?.blocker ?? '',
      /objects\[0\]: ConfigMap agents\/squatted exists already and is not ours/,
    );
    await simulated.settle(30_000);
    const live = await simulated.cluster.get(refOfMap('squatted'));
    assert.deepEqual(live?.data, { theirs: 'yes' });
    assert.equal(listOf(live?.metadata.managedFields).length, 1, 'nobody else wrote it');
    await simulated.cluster.delete(refOfMap('squatted'));
    await simulated.until(() => statusOf(simulated, resource)?.phase === 'Ready', 60_000);
    assert.deepEqual((await simulated.cluster.get(refOfMap('squatted')))?.data, { a: '1' });
  });

  test('that is still there at the end stays', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    const ours = await simulated.cluster.get(refOfMap('ours'));
    // Deleted and squatted by somebody, with everything that can be read on ours.
    simulated.intercept.beforeWrite = (_, { verb, ref, user }) => {
      if (verb === 'create' && ref.name === 'ours' && user.includes('deployer')) simulated.intercept.beforeWrite = undefined;
      else return;
      void simulated.cluster.create({ ...configMap('ours'), metadata: { ...copied(ours), name: 'ours', namespace: 'agents' } });
    };
    await simulated.cluster.delete(refOfMap('ours'));
    await simulated.until(() => statusOf(simulated, resource)?.phase === 'Degraded', 60_000);
    const squatter = await simulated.cluster.get(refOfMap('ours'));
    await removed(simulated, resource);
    assert.equal((await simulated.cluster.get(refOfMap('ours')))?.metadata.uid, squatter?.metadata.uid);
  });
});

function copied(ours: KubernetesObject | undefined) {
  const { labels = {}, annotations = {} } = ours?.metadata ?? {};
  return { labels, annotations };
}

describe('what somebody writes on an object of ours', () => {
  test('its label taken off: it is still ours, and is put right', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    const before = await simulated.cluster.get(refOfMap('ours'));
    await simulated.cluster.patch(refOfMap('ours'), {
      type: 'merge',
      value: { metadata: { labels: { [clusterOperatorLabel]: null } } },
    });
    await simulated.settle(10_000);
    const after = await simulated.cluster.get(refOfMap('ours'));
    assert.equal(after?.metadata.uid, before?.metadata.uid);
    assert.equal(after?.metadata.labels?.[clusterOperatorLabel], 'one');
    assert.ok(eventsOf(simulated).some((event) => event.startsWith('DriftRepaired: ConfigMap agents/ours was changed')));
  });

  test('keep and depends-on have no say: rights end with the teardown', async () => {
    const simulated = await withOperator();
    const agent = workload('DaemonSet', 'agent', { account: 'agent' });
    const resource = one(account('agent'), agent);
    await installed(simulated, resource);
    const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'agent' };
    simulated.intercept.beforeWrite = (_, { verb, ref: { kind } }) => {
      if (verb !== 'delete' || kind !== 'DaemonSet') return;
      simulated.intercept.beforeWrite = undefined;
      void simulated.cluster.patch(ref, {
        type: 'merge',
        value: { metadata: { annotations: { [keepAnnotation]: 'true', [dependsOnAnnotation]: 'ConfigMap/agents/nothing' } } },
      });
    };
    await removed(simulated, resource);
    assert.equal(await simulated.cluster.get(ref), undefined);
  });

  test('before the teardown starts neither', async () => {
    const simulated = makeSimulatedCluster();
    await prepareCluster(simulated, [namespace()]);
    const first = startOperator(simulated);
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    first.stop();
    await simulated.cluster.patch(refOfMap('ours'), {
      type: 'merge',
      value: { metadata: { annotations: { [keepAnnotation]: 'true', 'helm.sh/resource-policy': 'keep' } } },
    });
    await simulated.cluster.delete(oneRef);
    startOperator(simulated);
    await simulated.until(() => resourceOf(simulated, { resource }) === undefined, 120_000);
    assert.equal(await simulated.cluster.get(refOfMap('ours')), undefined);
  });
});

test('objects that bear our label and are none of ours have no effect at all, in whatever number', async () => {
  const simulated = await withOperator();
  const forged = Array.from({ length: 300 }, (_, index) =>
    configMap(`forged-${index}`, { labels: { [clusterOperatorLabel]: 'one' } }),
  );
  for (const object of forged) await simulated.cluster.create(object);
  const resource = one(...Array.from({ length: 10 }, (_, index) => configMap(`ours-${index}`)));
  await installed(simulated, resource);
  assert.equal(statusOf(simulated, resource)?.inventory?.length, 10);
  simulated.clearRequests();
  await removed(simulated, resource);
  assert.equal(simulated.server.store.all('configmaps').filter(({ metadata }) => metadata.name.startsWith('forged')).length, 300);
  assert.equal(simulated.requests.filter(({ verb }) => verb === 'delete').length, 11, 'ten of ours, and the ClusterOperator');
});

describe('the finalizer', () => {
  test('that somebody removes too early is put back, and an Event says so', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { metadata: { finalizers: null } } });
    await simulated.settle(2_000);
    assert.deepEqual(resourceOf(simulated, { resource })?.metadata.finalizers, [teardownFinalizer]);
    assert.ok(eventsOf(simulated).some((event) => event.startsWith('FinalizerRestored:')));
    await removed(simulated, resource);
    assert.equal(await simulated.cluster.get(refOfMap('ours')), undefined);
  });

  test('that was removed while no operator ran is put back by the next one', async () => {
    const simulated = makeSimulatedCluster();
    await prepareCluster(simulated, [namespace()]);
    const first = startOperator(simulated);
    const resource = one(configMap('ours'));
    await installed(simulated, resource);
    first.stop();
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { metadata: { finalizers: ['example.dev/theirs'] } } });
    startOperator(simulated);
    await simulated.settle(5_000);
    assert.deepEqual(resourceOf(simulated, { resource })?.metadata.finalizers, ['example.dev/theirs', teardownFinalizer]);
    assert.ok(eventsOf(simulated).some((event) => event.startsWith('FinalizerRestored:')));
  });
});

describe('the record', () => {
  test('has the hash of a nonce before the object is there, and its UID soon after, without the hash', async () => {
    const simulated = await withOperator();
    const resource = one(configMap('ours'));
    let before: ReturnType<typeof statusOf>;
    simulated.intercept.beforeWrite = (_, { verb, ref }) => {
      if (verb === 'create' && ref.kind === 'ConfigMap') before = statusOf(simulated, resource);
    };
    await installed(simulated, resource);
    const [intended] = before?.inventory ?? [];
    const live = await simulated.cluster.get(refOfMap('ours'));
    assert.ok(live && intended);
    assert.equal(intended.uid, undefined);
    assert.equal(isClaimed(live, { nonces: intended.nonces }), true);
    const [recorded] = statusOf(simulated, resource)?.inventory ?? [];
    assert.equal(recorded?.uid, live.metadata.uid);
    assert.equal(recorded?.nonces, undefined);
  });

  test('an object takes one write to install', async () => {
    const simulated = await withOperator();
    const maps = Array.from({ length: 50 }, (_, index) => configMap(`m-${index}`));
    simulated.clearRequests();
    await installed(simulated, one(...maps));
    const writes = simulated.requests.filter(({ write, ref }) => write !== undefined && ref.kind === 'ConfigMap');
    assert.equal(writes.length, 50);
  });

  test('a field that leaves the spec leaves the object, although it was created and not applied', async () => {
    const simulated = await withOperator();
    const resource = one({ ...configMap('ours'), data: { a: '1', b: '2' } });
    await installed(simulated, resource);
    await simulated.cluster.patch(refOfMap('ours'), { type: 'merge', value: { data: { theirs: 'stays' } } });
    const components = [{ name: 'all', objects: [{ ...configMap('ours'), data: { a: '1' } }] }];
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { spec: { components } } });
    await simulated.settle(10_000);
    assert.deepEqual((await simulated.cluster.get(refOfMap('ours')))?.data, { a: '1', theirs: 'stays' });
    assert.equal(statusOf(simulated, resource)?.phase, 'Ready');
  });
});
