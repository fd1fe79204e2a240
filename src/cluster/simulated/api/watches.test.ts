import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { Cluster, Query } from '../../port.ts';
import type { SimulationOptions } from '../index.ts';
import { home, homeCluster, inHome, ref } from '../testing/samples.ts';

const maps: Query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: home, labelSelector: 'test' };
const map = (name: string, value = '1') => ({
  ...inHome('v1', 'ConfigMap', name, { data: { value } }),
  metadata: { name, namespace: home, labels: { test: '' } },
});

const cluster = (watch: SimulationOptions['watch'], seed = 1) => homeCluster({ seed, ...(watch && { watch }) });

function observe(port: Cluster) {
  const seen = { state: new Map<string, KubernetesObject>(), calls: [] as string[] };
  const watch = port.watch(maps, {
    replace: (objects) => {
      seen.calls.push(`replace ${objects.length}`);
      seen.state = new Map(objects.map((object) => [object.metadata.name, object]));
    },
    changed: (object) => {
      seen.calls.push(`changed ${object.metadata.name}`);
      seen.state.set(object.metadata.name, object);
    },
    removed: (object) => {
      seen.calls.push(`removed ${object.metadata.name}`);
      seen.state.delete(object.metadata.name);
    },
  });
  return { ...seen, seen, close: watch.close };
}

describe('a watch', () => {
  test('lags behind by as much as it was told to, while get and list are current', async () => {
    const { port, settle } = await cluster({ watchDelayMs: 5_000 });
    const { seen } = observe(port);
    await settle(5_000);
    await port.create(map('one'));
    assert.equal((await port.list(maps)).items.length, 1);
    await settle(4_999);
    assert.deepEqual(seen.calls, ['replace 0']);
    await settle(1);
    assert.deepEqual(seen.calls, ['replace 0', 'changed one']);
  });

  test('keeps the order of events however their delays are drawn', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { port, settle } = await cluster({ watchDelayMs: [0, 3_000] }, seed);
      const { seen } = observe(port);
      const values: unknown[] = [];
      port.watch(maps, {
        replace: () => undefined,
        changed: (object) => values.push((object.data as Record<string, string>).value),
        removed: () => undefined,
      });
      await settle(3_000);
      await port.create(map('one', '0'));
      for (let value = 1; value < 10; value++) {
        await settle(100);
        await port.patch(ref('v1', 'ConfigMap', 'one'), { type: 'merge', value: { data: { value: String(value) } } });
      }
      await settle(10_000);
      assert.deepEqual(values, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
      assert.deepEqual(seen.state.get('one')?.data, { value: '9' });
    }
  });

  test('that loses events shows an old state until it lists anew', async () => {
    const { port, settle } = await cluster({ dropEvents: ({ type }) => type === 'deleted', relistEveryMs: 60_000 });
    await port.create(map('one'));
    const { seen } = observe(port);
    await settle();
    await port.delete(ref('v1', 'ConfigMap', 'one'));
    await port.create(map('two'));
    await settle(30_000);
    assert.deepEqual([...seen.state.keys()], ['one', 'two']);
    await settle(40_000);
    assert.deepEqual([...seen.state.keys()], ['two']);
  });

  test('tells the number of each event to whoever decides what is lost', async () => {
    const numbers: number[] = [];
    const { port, settle } = await cluster({
      dropEvents: (_event, n) => {
        numbers.push(n);
        return false;
      },
    });
    observe(port);
    await settle();
    for (const name of ['a', 'b', 'c']) await port.create(map(name));
    await settle();
    assert.deepEqual(numbers, [1, 2, 3]);
  });

  test('hands out copies: nobody can change the cluster or another watch by what it was told', async () => {
    const { port, settle } = await cluster({});
    const one = observe(port);
    const other = observe(port);
    await settle();
    await port.create(map('one'));
    await settle();
    const told = one.seen.state.get('one');
    if (told) told.data = { value: 'spoilt' };
    assert.deepEqual(other.seen.state.get('one')?.data, { value: '1' });
    assert.deepEqual((await port.get(ref('v1', 'ConfigMap', 'one')))?.data, { value: '1' });
  });
});
