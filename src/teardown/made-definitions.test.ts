/** Kinds that a custom resource defines: their instances go before it, on the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { account, make, widget, widgetDefinition } from './testing/samples.ts';
import { takeDown } from './testing/take-down.ts';

/** The Widgets are instances of what this one defines. */
const blueprint = make('example.dev/v1', 'Blueprint', 'widgets');
const blueprintDefinition = () => {
  const definition = widgetDefinition();
  const names = { kind: 'Blueprint', plural: 'blueprints', singular: 'blueprint', listKind: 'BlueprintList' };
  return {
    ...definition,
    metadata: { name: 'blueprints.example.dev' },
    spec: { ...Object(definition.spec), names },
  } as KubernetesObject;
};

/** The operator has made the definition of Widgets for the Blueprint, and says so in its metadata. */
const marked =
  (mark: (uid: string) => object) =>
  async ({ cluster }: SimulatedCluster) => {
    const made = await cluster.get(refOf(blueprint));
    const value = { metadata: mark(made?.metadata.uid ?? '') };
    await cluster.patch(refOf(widgetDefinition()), { type: 'merge', value });
  };

const objects = [blueprint, widget('a'), widget('b'), account('other')];
const orderOf = async (mark: (uid: string) => object) => {
  const run = await takeDown(objects, { others: [widgetDefinition(), blueprintDefinition()], before: marked(mark) });
  const step = run.plan().steps.find(({ id }) => id === idOf(blueprint));
  await run.finished();
  assert.ok(!objects.some(run.exists));
  return step?.after.toSorted();
};

describe('a custom resource whose kind another one defines', () => {
  const instances = [idOf(widget('a')), idOf(widget('b'))];

  test('goes first where a label of the definition has the UID of that one', async () => {
    assert.deepEqual(await orderOf((uid) => ({ labels: { 'example.dev/blueprint-id': uid } })), instances);
  });

  test('goes first where an annotation of it has that UID', async () => {
    assert.deepEqual(await orderOf((uid) => ({ annotations: { 'example.dev/made-by': uid } })), instances);
  });

  test('goes first where it has the label itself, which on its definition is out of date', async () => {
    const mark = async (simulated: SimulatedCluster) => {
      const made = await simulated.cluster.get(refOf(blueprint));
      const labels = (uid: string) => ({ type: 'merge' as const, value: { metadata: { labels: { 'example.dev/id': uid } } } });
      await simulated.cluster.patch(refOf(widgetDefinition()), labels('of-an-earlier-one'));
      await simulated.cluster.patch(refOf(widget('a')), labels(made?.metadata.uid ?? ''));
    };
    const run = await takeDown(objects, { others: [widgetDefinition(), blueprintDefinition()], before: mark });
    assert.deepEqual(run.plan().steps.find(({ id }) => id === idOf(blueprint))?.after, [idOf(widget('a'))]);
    run.teardown.close();
  });

  test('waits for nothing where nothing of the definition says so', async () => {
    assert.deepEqual(await orderOf(() => ({ labels: { 'example.dev/blueprint': 'widgets' } })), []);
  });
});
