/** The guard on a simulated cluster, with the policies that the chart has. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { fieldAt, textsOf } from '../objects/fields.ts';
import { type Guard, guardOf } from './guard.ts';
import { silentLog } from './log.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const bindingKind = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding' };
const names = ['bookend-guard', 'bookend-guard-collections'];
const kept = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default', name: 'bookend' };

describe('The guard', () => {
  test('refuses while it is engaged, and no longer when it is relaxed', async () => {
    const { simulated, guard } = await prepared();
    await simulated.cluster.delete(kept, { dryRun: true });
    await guard.engage();
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny']);
    await assert.rejects(simulated.cluster.delete(kept), /denied request: it is needed/);
    await settled(simulated, guard.relax());
    assert.deepEqual(await actions(simulated), ['Audit', 'Audit']);
    await simulated.cluster.delete(kept);
  });

  test('writes nothing when it is engaged already', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    await simulated.settle(1_000);
    simulated.clearRequests();
    for (let count = 0; count < 10; count += 1) await guard.engage();
    assert.deepEqual(writes(simulated), []);
    assert.deepEqual(simulated.requests, [], 'and asks nothing');
  });

  test('is put right when somebody resets it, as an upgrade of the release does', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    await simulated.settle(1_000);
    await set(simulated, 'bookend-guard', ['Audit']);
    await simulated.settle(3_000);
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny']);
    await settled(simulated, guard.relax());
    await set(simulated, 'bookend-guard', ['Deny']);
    await simulated.settle(10_000);
    assert.deepEqual(await actions(simulated), ['Audit', 'Audit']);
  });

  test('is not written again for an action that was merged beside ours, as Helm 4 does it', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    await set(simulated, 'bookend-guard', ['Deny', 'Audit']);
    simulated.clearRequests();
    await simulated.settle(60_000);
    assert.deepEqual(writes(simulated), []);
  });

  test('insists more and more rarely against somebody who keeps resetting it', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    await simulated.settle(1_000);
    simulated.clearRequests();
    for (let second = 0; second < 1_200; second += 1) {
      if ((await actions(simulated))[0] === 'Deny') await set(simulated, 'bookend-guard', ['Audit']);
      await simulated.settle(1_000);
    }
    const ours = simulated.requests.filter(({ verb, user }) => verb === 'patch' && user === operator).length;
    assert.ok(ours >= 15 && ours <= 40, `${ours} writes in 20 minutes`);
    await simulated.settle(120_000);
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny'], 'and never gives up');
  });

  test('stays overridden when somebody has deleted a binding, and takes it up again when it is back', async () => {
    const { simulated, guard } = await prepared();
    await simulated.cluster.delete({ ...bindingKind, name: 'bookend-guard' });
    await guard.engage();
    await settled(simulated, guard.relax());
    await guard.engage();
    assert.equal(await simulated.cluster.get({ ...bindingKind, name: 'bookend-guard' }), undefined);
    await simulated.cluster.create(binding('bookend-guard'));
    await simulated.settle(5_000);
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny']);
  });

  test('is left as it is by a replica that does not lead any more', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    await simulated.settle(1_000);
    guard.forget();
    await set(simulated, 'bookend-guard', ['Audit']);
    await simulated.settle(60_000);
    assert.deepEqual(await actions(simulated), ['Audit', 'Deny']);
  });

  test('holds when it is engaged while it is being relaxed: a new ClusterOperator has come', async () => {
    const { simulated, guard } = await prepared();
    await guard.engage();
    const relaxed = guard.relax();
    await guard.engage();
    await settled(simulated, relaxed);
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny']);
  });

  test('fails with the API server, which whoever engages it is told, and tries again by itself', async () => {
    let down = true;
    const { simulated, guard } = await prepared((cluster) => ({
      ...port(cluster),
      patch: async (ref, patch, options) => {
        if (down) throw new BookendError('unreachable', 'no answer', {});
        return await cluster.patch(ref, patch, options);
      },
    }));
    await assert.rejects(guard.engage(), { code: 'unreachable' });
    down = false;
    await simulated.settle(10_000);
    assert.deepEqual(await actions(simulated), ['Deny', 'Deny']);
  });

  test('ends as it was wanted last, however the calls overlap', async () => {
    for (const last of ['Deny', 'Audit']) {
      const { simulated, guard } = await prepared();
      const calls = [guard.engage(), guard.relax(), guard.engage(), ...(last === 'Audit' ? [guard.relax()] : [])];
      await settled(
        simulated,
        Promise.all(calls).then(() => {}),
      );
      assert.deepEqual(await actions(simulated), [last, last]);
    }
  });
});

const operator = 'system:serviceaccount:bookend-system:bookend';

async function prepared(
  wrap: (cluster: Cluster) => Cluster = (cluster) => cluster,
): Promise<{ simulated: SimulatedCluster; guard: Guard }> {
  const simulated = makeSimulatedCluster();
  await simulated.cluster.create({ ...kept, metadata: { namespace: kept.namespace, name: kept.name } });
  for (const name of names) {
    await simulated.cluster.create({
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['coordination.k8s.io'], apiVersions: ['*'], resources: ['leases'], operations: ['DELETE'] },
          ],
        },
        validations: [{ expression: 'false', message: 'it is needed' }],
      },
    });
    await simulated.cluster.create(binding(name));
  }
  await simulated.settle(1_000);
  const { cluster, clock } = simulated.connect({ name: operator, groups: ['system:masters', 'system:authenticated'] });
  return { simulated, guard: guardOf({ cluster: wrap(cluster), clock, log: silentLog, bindings: names }) };
}

function binding(name: string) {
  return { ...bindingKind, metadata: { name }, spec: { policyName: name, validationActions: ['Audit'] } };
}

async function actions({ cluster }: SimulatedCluster): Promise<unknown[]> {
  const all = await Promise.all(names.map((name) => cluster.get({ ...bindingKind, name })));
  return all.map((each) => textsOf(fieldAt(each?.spec, 'validationActions'))[0]);
}

function set({ cluster }: SimulatedCluster, name: string, validationActions: string[]) {
  return cluster.patch({ ...bindingKind, name }, { type: 'merge', value: { spec: { validationActions } } });
}

function writes({ requests }: SimulatedCluster): string[] {
  return requests.filter(({ verb, user }) => user === operator && verb !== 'get' && verb !== 'list').map(({ verb }) => verb);
}

/** Lets the cluster's time pass until this has ended. */
async function settled(simulated: SimulatedCluster, work: Promise<void>): Promise<void> {
  let ended = false;
  const watched = work.finally(() => {
    ended = true;
  });
  await simulated.until(() => ended, 60_000);
  await watched;
}

/** The methods of a cluster as plain functions, to replace some of them. */
function port(cluster: Cluster): Cluster {
  return {
    name: cluster.name,
    version: () => cluster.version(),
    kind: (apiVersion, kind) => cluster.kind(apiVersion, kind),
    kinds: () => cluster.kinds(),
    get: (ref) => cluster.get(ref),
    list: (query) => cluster.list(query),
    watch: (query, listener) => cluster.watch(query, listener),
    create: (object, options) => cluster.create(object, options),
    apply: (object, options) => cluster.apply(object, options),
    patch: (ref, patch, options) => cluster.patch(ref, patch, options),
    delete: (ref, options) => cluster.delete(ref, options),
    as: (identity) => cluster.as(identity),
    close: () => cluster.close(),
  };
}
