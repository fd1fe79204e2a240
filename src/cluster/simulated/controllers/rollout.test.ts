import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stored } from '../api/store.ts';
import { limitsOf, nextScalings } from './rollout.ts';

const deployment = (spec: Record<string, unknown>) => ({ spec }) as unknown as Stored;
const set = (replicas: number, availableReplicas: number) =>
  ({ spec: { replicas }, status: { availableReplicas } }) as unknown as Stored;
const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  replicas: 4,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
});
const noPods = () => false;

test('The first ReplicaSet gets all replicas at once', () => {
  const scalings = nextScalings(deployment(rolling(1, 0)), { newest: undefined, old: [] }, noPods);
  assert.deepEqual(scalings, [{ set: undefined, replicas: 4 }]);
});

test('A rolling update adds no more Pods than the surge, and removes none while the new ones are not available', () => {
  const old = set(4, 4);
  const scalings = nextScalings(deployment(rolling(1, 0)), { newest: undefined, old: [old] }, noPods);
  assert.deepEqual(scalings, [{ set: undefined, replicas: 1 }]);
});

test('A rolling update removes one old Pod for each new one that is available', () => {
  const [newest, old] = [set(1, 1), set(4, 4)];
  const scalings = nextScalings(deployment(rolling(1, 0)), { newest, old: [old] }, noPods);
  assert.deepEqual(scalings, [
    { set: newest, replicas: 1 },
    { set: old, replicas: 3 },
  ]);
});

test('Old replicas that are not available go first, whatever the limits', () => {
  const [broken, working] = [set(2, 0), set(2, 2)];
  const scalings = nextScalings(deployment(rolling(1, 0)), { newest: set(1, 0), old: [working, broken] }, noPods);
  assert.deepEqual(scalings.slice(1), [{ set: broken, replicas: 0 }]);
});

test('A Recreate rollout makes the new ReplicaSet only when the last old Pod has ended', () => {
  const recreate = deployment({ replicas: 2, strategy: { type: 'Recreate' } });
  const old = set(2, 2);
  const found = nextScalings(recreate, { newest: undefined, old: [old] }, () => true);
  assert.deepEqual(found, [{ set: old, replicas: 0 }]);
  assert.deepEqual(nextScalings(recreate, { newest: undefined, old: [old] }, noPods), [
    { set: old, replicas: 0 },
    { set: undefined, replicas: 2 },
  ]);
});

test('A paused Deployment makes no ReplicaSet', () => {
  assert.deepEqual(nextScalings(deployment({ paused: true }), { newest: undefined, old: [] }, noPods), []);
});

test('Percentages are of the wanted replicas: the surge rounds up, the unavailable ones round down, and one of them moves', () => {
  assert.deepEqual(limitsOf(deployment(rolling('30%', '30%'))), { wanted: 4, surge: 2, unavailable: 1 });
  assert.deepEqual(limitsOf(deployment(rolling(0, '10%'))), { wanted: 4, surge: 0, unavailable: 1 });
});
