import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decorated } from '../cluster/decorated.ts';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError, isCode } from '../errors.ts';
import { idOf, idOfRef, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import { confirmGone } from './confirm.ts';
import { Family } from './family.ts';
import { builtInReach } from './reach.ts';
import { configMap, namespace, space, widget, workload } from './testing/samples.ts';

async function world(...objects: KubernetesObject[]) {
  const simulated = makeSimulatedCluster();
  await simulated.cluster.create(namespace());
  const created: KubernetesObject[] = [];
  for (const object of objects) created.push(await simulated.cluster.create(object));
  await simulated.settle();
  const steps = created.map((object): PlanStep => ({ id: idOf(object), ref: refOf(object), mode: 'delete', after: [] }));
  return { ...simulated, steps };
}

function judgeOf(steps: PlanStep[]) {
  const family = new Family(new Map(steps.map((step) => [step.ref.uid ?? '', step.id])), new Set(steps.map((step) => step.id)));
  return {
    kinshipOf: (object: KubernetesObject) => family.kinshipOf(object),
    isOurs: (step: PlanStep, object: KubernetesObject) => object.metadata.uid === step.ref.uid,
    isGone: (_: PlanStep) => false,
  };
}

const names = (found: Map<ObjectId, KubernetesObject[]>, step: PlanStep | undefined) =>
  (found.get(step?.id ?? ('' as ObjectId)) ?? []).map(({ kind }) => kind);

describe('confirmGone', () => {
  test('looks for what a workload has left in its own namespace only', async () => {
    const { cluster, steps } = await world(workload('DaemonSet', 'agent'));
    const places: (string | undefined)[] = [];
    const observed = decorated(cluster, {
      list: (query) => {
        places.push(query.namespace);
        return cluster.list(query);
      },
    });
    const reach = { ...builtInReach(steps.map((step) => step.ref)), namespaces: ['agents', 'others', 'shop'] };
    await confirmGone(observed, steps, reach, judgeOf(steps));
    assert.deepEqual([...new Set(places)], ['agents']);
  });

  test('does not read the object that the API server has answered to be gone, but what it left', async () => {
    const { cluster, steps } = await world(workload('DaemonSet', 'agent'));
    let gets = 0;
    const counted = decorated(cluster, {
      get: (...args) => {
        gets += 1;
        return cluster.get(...args);
      },
    });
    const judge = { ...judgeOf(steps), isGone: () => true };
    const { found } = await confirmGone(counted, steps, builtInReach(steps.map((step) => step.ref)), judge);
    assert.equal(gets, 0);
    assert.deepEqual(names(found, steps[0]), ['Pod', 'ControllerRevision']);
  });

  test('finds the object itself, its children and its Pods', async () => {
    const { cluster, steps } = await world(workload('Deployment', 'web', { replicas: 1 }));
    const { gone, found } = await confirmGone(cluster, steps, builtInReach(steps.map((step) => step.ref)), judgeOf(steps));
    assert.deepEqual(gone, new Set());
    assert.deepEqual(names(found, steps[0]).sort(), ['Deployment', 'Pod', 'ReplicaSet']);
  });

  test('finds Pods that have outlived their workload', async () => {
    const { cluster, steps, settle, clock } = await world(
      workload('DaemonSet', 'agent', { preStopMs: 60_000, graceSeconds: 120 }),
    );
    await cluster.delete({ ...(steps[0]?.ref ?? assert.fail()) }, { propagation: 'Background' });
    await settle();
    assert.ok(clock.now());
    const { gone, found } = await confirmGone(cluster, steps, builtInReach(steps.map((step) => step.ref)), judgeOf(steps));
    assert.equal(gone.size, 0);
    assert.deepEqual(names(found, steps[0]), ['Pod']);
  });

  test('a step of which nothing is left is gone, even when another object has taken its name', async () => {
    const { cluster, steps, settle } = await world(workload('DaemonSet', 'agent'), configMap('x'));
    for (const { ref } of steps) await cluster.delete(ref);
    await settle(60_000);
    await cluster.create(configMap('x'));
    const { gone, unserved } = await confirmGone(cluster, steps, builtInReach(steps.map((step) => step.ref)), judgeOf(steps));
    assert.deepEqual(gone, new Set(steps.map((step) => step.id)));
    assert.equal(unserved.size, 0);
  });

  test('reads no Pods for what can have none', async () => {
    const { cluster, steps, requests, clearRequests } = await world(configMap('x'));
    clearRequests();
    await confirmGone(cluster, steps, builtInReach(steps.map((step) => step.ref)), judgeOf(steps));
    assert.deepEqual(
      requests.map(({ verb }) => verb),
      ['get'],
    );
  });

  test('says which kinds are not served: such objects are gone, but an API server that just started may be wrong', async () => {
    const { cluster } = await world();
    const ref = { ...refOf(widget('w')), uid: 'u' };
    const steps: PlanStep[] = [{ id: idOfRef(ref), ref, mode: 'delete', after: [] }];
    const { gone, unserved } = await confirmGone(cluster, steps, builtInReach([ref]), judgeOf(steps));
    assert.deepEqual([...gone], ['Widget.example.dev/agents/w']);
    assert.deepEqual(unserved, gone);
  });

  test('concludes nothing from what it may not read', async () => {
    const { cluster, steps } = await world(workload('DaemonSet', 'agent'));
    const list = async () => {
      throw new BookendError('forbidden', 'pods is forbidden');
    };
    const reach = { ...builtInReach(steps.map((step) => step.ref)), namespaces: [space] };
    await assert.rejects(confirmGone({ ...cluster, list }, steps, reach, judgeOf(steps)), (error) => isCode(error, 'forbidden'));
  });
});
