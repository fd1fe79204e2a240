import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decorated } from '../cluster/decorated.ts';
import { Retries } from '../cluster/retries.ts';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { CurrentReads } from './current-reads.ts';
import { ClusterView } from './gather.ts';
import { builtInReach } from './reach.ts';
import { configMap, namespace, widget, widgetDefinition } from './testing/samples.ts';

/** @param delayMs how long a read takes */
async function setUp(objects: KubernetesObject[], delayMs = 0) {
  const simulated = makeSimulatedCluster();
  const { cluster, clock, settle } = simulated;
  await cluster.create(namespace());
  const live: KubernetesObject[] = [];
  for (const object of objects) {
    live.push(await cluster.create(object));
    await settle(200);
  }
  const plan = { steps: live.map((each) => ({ id: idOf(each), ref: refOf(each), mode: 'delete' as const, after: [] })) };
  const reach = builtInReach(live.map(refOf));
  const retries = new Retries<ObjectId>(clock, () => {});
  const view = new ClusterView({ cluster, plan, reach, stepByUid: new Map(), onChange: () => {} });
  let gets = 0;
  const counted = decorated(cluster, {
    get: async (...args) => {
      gets += 1;
      if (delayMs > 0) await new Promise<void>((over) => clock.after(delayMs, over));
      return cluster.get(...args);
    },
  });
  const reads = new CurrentReads({
    cluster: counted,
    clock,
    plan,
    reach,
    view,
    retries,
    goneUids: new Set(),
    onChange: () => {},
  });
  const ids = plan.steps.map(({ id }) => id);
  const confirm = () => reads.start(ids.map((step) => ({ type: 'confirm' as const, step })));
  return { ...simulated, ids, retries, reads, confirm, gets: () => gets };
}

describe('current reads', () => {
  test('confirm what is gone, and keep what they find of the rest for a later try', async () => {
    const { cluster, ids, reads, confirm, retries, settle } = await setUp([configMap('gone'), configMap('there')]);
    await cluster.delete(refOf(configMap('gone')));
    confirm();
    await settle(50);
    const [gone, there] = ids;
    assert.ok(gone && there && reads.confirmed.has(gone) && !reads.confirmed.has(there));
    assert.deepEqual(reads.found.get(there)?.map(idOf), [there]);
    assert.match(String(retries.bySubject().get(there)?.error), /a current read still finds ConfigMap agents\/there/);
    assert.equal(retries.mayTryOn(there), false);
  });

  test('do not believe at once that a kind is not served', async () => {
    const { cluster, ids, reads, confirm, retries, settle } = await setUp([widgetDefinition(), widget('one')]);
    await cluster.delete(refOf(widgetDefinition()));
    await settle(1_000);
    const [, one] = ids;
    assert.ok(one);
    confirm();
    await settle(50);
    assert.equal(reads.confirmed.has(one), false);
    assert.match(String(retries.bySubject().get(one)?.error), /the API server does not serve its kind/);
    for (let second = 0; second < 8; second++) {
      confirm();
      await settle(1_000);
    }
    assert.equal(reads.confirmed.has(one), true);
  });

  test('are made once for a step at a time, and one by one when they are slow', async () => {
    const { confirm, gets, reads, ids, settle } = await setUp([configMap('a'), configMap('b')], 400);
    confirm();
    confirm();
    await settle(100);
    assert.equal(gets(), 2);
    await settle(1_000);
    const [a, b] = ids;
    assert.ok(a && b);
    reads.start([{ type: 'confirm', step: a }]);
    reads.start([{ type: 'confirm', step: b }]);
    await settle(100);
    assert.equal(gets(), 3, 'the second waits for the first');
  });
});
