import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../../cluster/simulated/index.ts';
import { runSteps } from './run-steps.ts';

const node = { apiVersion: 'v1', kind: 'Node', name: 'node-1' } as const;
const settings = { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace: 'default' } as const;

async function opened() {
  const simulated = makeSimulatedCluster({ nodes: ['node-1'] });
  const { cluster } = simulated;
  await cluster.patch(node, { type: 'merge', value: { metadata: { labels: { 'example.com/ready': 'yes' } } } });
  const metadata = { name: 'settings', namespace: 'default', annotations: { one: '1' } };
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await simulated.settle();
  const run = async (...words: string[]) =>
    (await runSteps(simulated, [{ do: 'run', when: 'now', argv: ['kubectl', ...words] }])).failure;
  return { cluster, run };
}

describe('kubectl label and annotate, as a remedy prints them', () => {
  test('remove a key and nothing else', async () => {
    const { cluster, run } = await opened();
    const before = (await cluster.get(node))?.metadata.labels;
    assert.equal(await run('label', 'nodes/node-1', 'example.com/ready-'), undefined);
    const { 'example.com/ready': _, ...rest } = before ?? {};
    assert.deepEqual((await cluster.get(node))?.metadata.labels, rest);
    assert.equal(await run('annotate', 'configmaps/settings', 'one-', 'two=2', '-n', 'default'), undefined);
    assert.deepEqual((await cluster.get(settings))?.metadata.annotations, { two: '2' });
  });

  test('pass over a key that is not there', async () => {
    const { run } = await opened();
    assert.equal(await run('label', 'nodes/node-1', 'example.com/other-'), undefined);
  });

  test('do not replace a value without --overwrite', async () => {
    const { cluster, run } = await opened();
    const words = ['annotate', 'configmaps/settings', 'one=2', '-n', 'default'];
    assert.equal(await run(...words), "error: 'one' already has a value (1), and --overwrite is false");
    assert.equal(await run(...words, '--overwrite'), undefined);
    assert.deepEqual((await cluster.get(settings))?.metadata.annotations, { one: '2' });
  });

  test('need the object, its namespace, and only one of them', async () => {
    const { run } = await opened();
    assert.match((await run('label', 'nodes/node-2', 'a-')) ?? '', /NotFound/);
    assert.equal(await run('annotate', 'configmaps/settings', 'one-'), 'it names no namespace');
    assert.equal(await run('label', 'nodes', 'node-1', 'node-2', 'a-'), 'it names not one object');
  });
});
