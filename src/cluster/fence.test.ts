import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCode } from '../errors.ts';
import { configMap, namespace } from '../teardown/testing/samples.ts';
import { fenced } from './fence.ts';
import { makeSimulatedCluster } from './simulated/index.ts';

test('a replica whose lease is over reads, and writes nothing, whoever it acts as', async () => {
  const { cluster } = makeSimulatedCluster();
  let leads = true;
  const behind = fenced(cluster, () => leads);
  await behind.create(namespace());
  await behind.create(configMap('a'));
  leads = false;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'a' };
  const conflict = (error: unknown) => isCode(error, 'conflict');
  await assert.rejects(behind.delete(ref), conflict);
  await assert.rejects(behind.create(configMap('b')), conflict);
  await assert.rejects(behind.as({ user: 'somebody' }).patch(ref, { type: 'merge', value: {} }), conflict);
  assert.ok(await behind.get(ref));
});
