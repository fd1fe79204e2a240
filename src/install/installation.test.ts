import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { Installation } from './installation.ts';
import { outlineOf } from './outline.ts';

const configMap: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'colours', namespace: 'default', labels: { [clusterOperatorLabel]: 'one' } },
  data: { colour: 'blue' },
};
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'colours' };

/** An installation of one ConfigMap; what it was told about drift is in `drift`. */
async function kept(answerLateMs: number) {
  const simulated = makeSimulatedCluster();
  const drift: string[] = [];
  const object = { id: idOf(configMap), object: configMap, component: 'all', place: 'spec.components[0].objects[0]', needs: [] };
  const made = new Map<ObjectId, string>();
  let nonces = 0;
  const installation = new Installation({
    cluster: answeringLate(simulated, answerLateMs),
    clock: simulated.clock,
    outline: outlineOf({ objects: [object], components: [], barriers: new Map() }),
    name: 'one',
    found: new Map(),
    claims: {
      nonceFor: async () => `nonce-${++nonces}`,
      made: (id, uid) => made.set(id, uid),
      prove: async (id, uid) => void made.set(id, uid),
      recognise: async ({ id }, live) => made.get(id) === live.metadata.uid,
    },
    withBody: (_, work) => work(configMap),
    onDecision: () => undefined,
    onDrift: (_, what) => drift.push(what),
  });
  await simulated.settle(2_000);
  return { simulated, drift, installation };
}

/**
 * The watch tells of an apply long before its answer arrives, as happens whenever the two come over different
 * connections.
 */
function answeringLate({ cluster, clock }: SimulatedCluster, ms: number): Cluster {
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const known = await answer;
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return known;
  };
  return {
    ...cluster,
    create: (...args) => late(cluster.create(...args)),
    apply: (...args) => late(cluster.apply(...args)),
  };
}

describe('what somebody else changes', () => {
  for (const answerLateMs of [0, 50, 500]) {
    test(`is put right and told once, with answers that come ${answerLateMs} ms after the watch`, async () => {
      const { simulated, drift, installation } = await kept(answerLateMs);
      await simulated.cluster.patch(ref, { type: 'merge', value: { data: { colour: 'red', theirs: 'yes' } } });
      await simulated.settle(5_000);
      assert.deepEqual((await simulated.cluster.get(ref))?.data, { colour: 'blue', theirs: 'yes' });
      assert.deepEqual(drift, ['changed']);
      await simulated.cluster.delete(ref);
      await simulated.settle(20_000);
      assert.deepEqual((await simulated.cluster.get(ref))?.data, { colour: 'blue' });
      assert.deepEqual(drift, ['changed', 'deleted']);
      installation.close();
    });

    test(`is left as it is and told to nobody where nothing of ours was changed (${answerLateMs} ms)`, async () => {
      const { simulated, drift, installation } = await kept(answerLateMs);
      await simulated.cluster.patch(ref, { type: 'merge', value: { data: { theirs: 'yes' } } });
      await simulated.settle(5_000);
      assert.deepEqual((await simulated.cluster.get(ref))?.data, { colour: 'blue', theirs: 'yes' });
      assert.deepEqual(drift, []);
      installation.close();
    });
  }
});
