/**
 * Whose an object is, on the simulated cluster: what a tenant can write proves nothing, and what is not ours is not
 * touched.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { isClaimed } from '../install/claim.ts';
import { listOf } from '../objects/fields.ts';
import { refOf } from '../objects/identity.ts';
import {
  adoptAnnotation,
  clusterOperatorLabel,
  dependsOnAnnotation,
  keepAnnotation,
  nonceAnnotation,
  teardownFinalizer,
} from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { inventoryOf } from '../resource/status/inventory.ts';
import { account, configMap, workload } from '../teardown/testing/samples.ts';
import { type Lives, lives, one, oneRef } from './testing/lives.ts';
import { startOperator } from './testing/operator-run.ts';

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
      const simulated = await lives({ foreign: [configMap('squatted', metadata)] });
      const before = await simulated.map('squatted');
      const resource = one(configMap('squatted'), configMap('ours'));
      await simulated.install(resource, 'Refused');
      assert.match(simulated.blocker(), /ConfigMap agents\/squatted exists already and is not ours/);
      await simulated.removed();
      assert.deepEqual(await simulated.map('squatted'), before);
    });
  }
});

describe('an object of ours', () => {
  test('is still known when the answers to its creation and to the apply after it were lost', async () => {
    const simulated = await lives();
    const lost = new Set<string>();
    simulated.intercept.afterWrite = (_, { verb, ref, n }) => {
      if (ref.name !== 'ours' || lost.has(verb)) return;
      lost.add(verb);
      throw new BookendError('unreachable', `the answer to request ${n} was lost`);
    };
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    assert.deepEqual([...lost], ['create', 'patch', 'apply']);
    await simulated.removed();
    assert.equal(await simulated.map('ours'), undefined);
  });
});

describe('a squatter in the moment before the creation', () => {
  test('is neither adopted nor changed; what is ours is created when it has left', async () => {
    const simulated = await lives();
    const squatter = { ...configMap('squatted', { labels: { [clusterOperatorLabel]: 'one' } }), data: { theirs: 'yes' } };
    let squats = false;
    simulated.intercept.beforeWrite = (_, { verb, ref }) => {
      if (squats || verb !== 'create' || ref.name !== 'squatted') return;
      squats = true;
      void simulated.cluster.create(squatter);
    };
    const resource = one(configMap('squatted'), configMap('other'));
    await simulated.install(resource, 'Degraded');
    assert.match(simulated.blocker(), /objects\[0\]: ConfigMap agents\/squatted exists already and is not ours/);
    await simulated.settle(30_000);
    const live = await simulated.map('squatted');
    assert.deepEqual(live?.data, { theirs: 'yes' });
    assert.equal(listOf(live?.metadata.managedFields).length, 1, 'nobody else wrote it');
    await simulated.cluster.delete(refOf(configMap('squatted')));
    await simulated.settled('Ready');
    assert.deepEqual((await simulated.map('squatted'))?.data, { a: '1' });
  });

  test('that is still there at the end stays', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    const ours = await simulated.map('ours');
    // Deleted and squatted by somebody, with everything that can be read on ours.
    simulated.intercept.beforeWrite = (_, { verb, ref, user }) => {
      if (verb === 'create' && ref.name === 'ours' && user.includes('deployer')) simulated.intercept.beforeWrite = undefined;
      else return;
      void simulated.cluster.create({ ...configMap('ours'), metadata: { ...copied(ours), name: 'ours', namespace: 'agents' } });
    };
    await simulated.cluster.delete(refOf(configMap('ours')));
    await simulated.settled('Degraded');
    const squatter = await simulated.map('ours');
    await simulated.removed();
    assert.equal((await simulated.map('ours'))?.metadata.uid, squatter?.metadata.uid);
  });
});

function copied(ours: KubernetesObject | undefined) {
  const { labels = {}, annotations = {} } = ours?.metadata ?? {};
  return { labels, annotations };
}

describe('what somebody writes on an object of ours', () => {
  test('its label taken off: it is still ours, and is put right', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    const before = await simulated.map('ours');
    await simulated.cluster.patch(refOf(configMap('ours')), {
      type: 'merge',
      value: { metadata: { labels: { [clusterOperatorLabel]: null } } },
    });
    await simulated.settle(10_000);
    const after = await simulated.map('ours');
    assert.equal(after?.metadata.uid, before?.metadata.uid);
    assert.equal(after?.metadata.labels?.[clusterOperatorLabel], 'one');
    assert.ok(simulated.isTold('DriftRepaired: ConfigMap agents/ours was changed'));
  });

  test('keep and depends-on have no say: rights end with the teardown', async () => {
    const simulated = await lives();
    const agent = workload('DaemonSet', 'agent', { account: 'agent' });
    const resource = one(account('agent'), agent);
    await simulated.install(resource);
    const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'agents', name: 'agent' };
    simulated.intercept.beforeWrite = (_, { verb, ref: { kind } }) => {
      if (verb !== 'delete' || kind !== 'DaemonSet') return;
      simulated.intercept.beforeWrite = undefined;
      void simulated.cluster.patch(ref, {
        type: 'merge',
        value: { metadata: { annotations: { [keepAnnotation]: 'true', [dependsOnAnnotation]: 'ConfigMap/agents/nothing' } } },
      });
    };
    await simulated.removed();
    assert.equal(await simulated.cluster.get(ref), undefined);
  });

  test('before the teardown starts neither', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    simulated.first.stop();
    await simulated.cluster.patch(refOf(configMap('ours')), {
      type: 'merge',
      value: { metadata: { annotations: { [keepAnnotation]: 'true', 'helm.sh/resource-policy': 'keep' } } },
    });
    await simulated.remove();
    startOperator(simulated);
    await simulated.gone();
    assert.equal(await simulated.map('ours'), undefined);
  });
});

test('objects that bear our label and are none of ours have no effect at all, in whatever number', async () => {
  const simulated = await lives();
  const forged = Array.from({ length: 300 }, (_, index) =>
    configMap(`forged-${index}`, { labels: { [clusterOperatorLabel]: 'one' } }),
  );
  for (const object of forged) await simulated.cluster.create(object);
  const resource = one(...Array.from({ length: 10 }, (_, index) => configMap(`ours-${index}`)));
  await simulated.install(resource);
  assert.equal(inventoryOf(simulated.status()).length, 10);
  simulated.clearRequests();
  await simulated.removed();
  assert.equal(simulated.server.store.all('configmaps').filter(({ metadata }) => metadata.name.startsWith('forged')).length, 300);
  assert.equal(simulated.requests.filter(({ verb }) => verb === 'delete').length, 11, 'ten of ours, and the ClusterOperator');
});

describe('the finalizer', () => {
  test('that somebody removes too early is put back, and an Event says so', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { metadata: { finalizers: null } } });
    await simulated.settle(2_000);
    assert.deepEqual(simulated.resource()?.metadata.finalizers, [teardownFinalizer]);
    assert.ok(simulated.isTold('FinalizerRestored:'));
    await simulated.removed();
    assert.equal(await simulated.map('ours'), undefined);
  });

  test('that was removed while no operator ran is put back by the next one', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    await simulated.install(resource);
    simulated.first.stop();
    await simulated.cluster.patch(oneRef, { type: 'merge', value: { metadata: { finalizers: ['example.dev/theirs'] } } });
    startOperator(simulated);
    await simulated.settle(5_000);
    assert.deepEqual(simulated.resource()?.metadata.finalizers, ['example.dev/theirs', teardownFinalizer]);
    assert.ok(simulated.isTold('FinalizerRestored:'));
  });
});

describe('the record', () => {
  test('has the hash of a nonce before the object is there, and its UID soon after, without the hash', async () => {
    const simulated = await lives();
    const resource = one(configMap('ours'));
    let before: ReturnType<Lives['status']>;
    simulated.intercept.beforeWrite = (_, { verb, ref }) => {
      if (verb === 'create' && ref.kind === 'ConfigMap') before = simulated.status();
    };
    await simulated.install(resource);
    const [intended] = inventoryOf(before);
    const live = await simulated.map('ours');
    assert.ok(live && intended);
    assert.equal(intended.uid, undefined);
    assert.equal(isClaimed(live, { nonces: intended.nonces }), true);
    const [recorded] = inventoryOf(simulated.status());
    assert.equal(recorded?.uid, live.metadata.uid);
    assert.equal(recorded?.nonces, undefined);
  });

  test('has the UID of a new object before a repair takes its nonce away', async () => {
    const simulated = await lives();
    const recorded: (string | undefined)[] = [];
    simulated.intercept.beforeWrite = (_, { verb, ref }) => {
      if (verb === 'apply' && ref.kind === 'ConfigMap') recorded.push(inventoryOf(simulated.status())[0]?.uid);
    };
    await simulated.cluster.create(one(configMap('ours')));
    await simulated.until(async () => (await simulated.map('ours')) !== undefined);
    assert.equal(inventoryOf(simulated.status())[0]?.uid, undefined, 'progress is written later');
    await simulated.cluster.patch(refOf(configMap('ours')), { type: 'merge', value: { data: { key: 'theirs' } } });
    await simulated.until(() => recorded.length > 0);
    assert.deepEqual(recorded, [(await simulated.map('ours'))?.metadata.uid]);
  });

  test('an object takes one write to install', async () => {
    const simulated = await lives();
    const maps = Array.from({ length: 50 }, (_, index) => configMap(`m-${index}`));
    simulated.clearRequests();
    await simulated.install(one(...maps));
    const writes = simulated.requests.filter(({ write, ref }) => write !== undefined && ref.kind === 'ConfigMap');
    assert.equal(writes.length, 50);
  });

  test('a field that leaves the spec leaves the object, although it was created and not applied', async () => {
    const simulated = await lives();
    const resource = one({ ...configMap('ours'), data: { a: '1', b: '2' } });
    await simulated.install(resource);
    await simulated.cluster.patch(refOf(configMap('ours')), { type: 'merge', value: { data: { theirs: 'stays' } } });
    const components = [{ name: 'all', objects: [{ ...configMap('ours'), data: { a: '1' } }] }];
    await simulated.change({ components });
    await simulated.settle(10_000);
    assert.deepEqual((await simulated.map('ours'))?.data, { a: '1', theirs: 'stays' });
    assert.equal(simulated.status()?.phase, 'Ready');
  });
});
