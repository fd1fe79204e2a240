import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { decorated } from './decorated.ts';
import { readEarly } from './early-reads.ts';
import type { Query, WatchListener } from './port.ts';
import { makeSimulatedCluster } from './simulated/index.ts';

const maps: Query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' };

describe('a list that has begun early', () => {
  test('is given to the first who asks, who keeps of it what he wants', async () => {
    const { cluster, requests, create } = await world('one', 'two');
    const early = readEarly(cluster, [maps], []);
    const onlyOne = (object: KubernetesObject) => (object.metadata.name === 'one' ? object : undefined);
    const found = await early.cluster.list({ ...maps, keep: onlyOne });
    assert.deepEqual(namesOf(found.items), ['one']);
    assert.deepEqual(requests(), { list: 1 });
    await create('three');
    assert.equal(namesOf((await early.cluster.list(maps)).items).length, 3, 'the next one is current');
    assert.deepEqual(requests(), { list: 2 });
  });

  test('is not given to those who ask for something else', async () => {
    const { cluster, requests } = await world('one');
    const early = readEarly(cluster, [maps], []);
    for (const query of [
      { ...maps, metadataOnly: true },
      { ...maps, limit: 1 },
      { ...maps, labelSelector: 'a=b' },
    ])
      await early.cluster.list(query);
    assert.deepEqual(requests(), { list: 4 });
  });

  test('that found too many is read again by the one who knows what to keep', async () => {
    const { cluster, requests } = await world(...Array.from({ length: 501 }, (_, index) => `c-${index}`));
    const early = readEarly(cluster, [maps], []);
    assert.equal(namesOf((await early.cluster.list(maps)).items).length, 501);
    assert.deepEqual(requests(), { list: 2 });
  });

  test('fails for the one who asks for it, and for nobody else', async () => {
    const { cluster } = await world();
    const failing = decorated(cluster, { list: () => Promise.reject(new Error('refused')) });
    const early = readEarly(failing, [maps], []);
    await new Promise((over) => setImmediate(over));
    await assert.rejects(early.cluster.list(maps), /refused/);
  });
});

describe('a watch that has begun early', () => {
  test('tells the first who listens the state at that moment, and then what changes', async () => {
    const { cluster, requests, create, remove, settle } = await world('one', 'two');
    const early = readEarly(cluster, [], [maps]);
    await settle(100);
    await create('three');
    await remove('one');
    await settle(100);
    const heard = listen();
    const watch = early.cluster.watch(maps, heard.listener);
    assert.deepEqual(heard.all, [], 'nothing before it has the watch in its hands');
    await settle(1);
    assert.deepEqual(heard.all, ['replace three,two']);
    await create('four');
    await remove('two');
    await settle(100);
    assert.deepEqual(heard.all, ['replace three,two', 'changed four', 'removed two']);
    watch.close();
    await create('five');
    await settle(100);
    assert.equal(heard.all.length, 3);
    assert.equal(requests().watch, 1);
  });

  test('keeps what the listener wants', async () => {
    const { cluster, create, settle } = await world('one', 'two');
    const early = readEarly(cluster, [], [maps]);
    const heard = listen();
    early.cluster.watch(
      { ...maps, keep: (object) => (object.metadata.name.startsWith('t') ? object : undefined) },
      heard.listener,
    );
    await settle(100);
    await create('three');
    await create('four');
    await settle(100);
    assert.deepEqual(heard.all, ['replace two', 'changed three']);
  });

  test('that finds too many is begun once more', async () => {
    for (const waitMs of [0, 100]) {
      const { cluster, requests, settle } = await world(...Array.from({ length: 501 }, (_, index) => `c-${index}`));
      const early = readEarly(cluster, [], [maps]);
      if (waitMs > 0) await settle(waitMs);
      const heard = listen();
      early.cluster.watch(maps, heard.listener);
      await settle(100);
      if (waitMs > 0) assert.equal(requests().watch, 2);
      assert.equal(heard.all.at(-1)?.split(',').length, 501);
    }
  });

  test('ends when nobody has asked for it', async () => {
    const { cluster } = await world('one');
    let closed = 0;
    const close = () => {
      closed += 1;
    };
    const counted = decorated(cluster, { watch: () => ({ close }) });
    const early = readEarly(counted, [], [maps]);
    early.close();
    assert.equal(closed, 1);
  });
});

function listen() {
  const all: string[] = [];
  const listener: WatchListener = {
    replace: (objects) => void all.push(`replace ${namesOf(objects).sort().join(',')}`),
    changed: ({ metadata }) => void all.push(`changed ${metadata.name}`),
    removed: ({ metadata }) => void all.push(`removed ${metadata.name}`),
  };
  return { all, listener };
}

async function world(...names: string[]) {
  const simulated = makeSimulatedCluster();
  const { cluster, settle } = simulated;
  const create = (name: string) => cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of names) await create(name);
  await settle(100);
  const counts: Record<string, number> = {};
  const count = (verb: string) => {
    counts[verb] = (counts[verb] ?? 0) + 1;
  };
  const observed = decorated(cluster, {
    list: (query) => {
      count('list');
      return cluster.list(query);
    },
    watch: (query, listener) => {
      count('watch');
      return cluster.watch(query, listener);
    },
  });
  const remove = (name: string) => cluster.delete({ ...maps, name });
  return { cluster: observed, settle, create, remove, requests: () => counts };
}

/** Without the one that Kubernetes puts into each namespace. */
function namesOf(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
}
