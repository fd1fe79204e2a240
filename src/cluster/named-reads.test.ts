import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { idOfRef } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { decorated } from './decorated.ts';
import { readNamed, thoseThere, worthAList, worthAWholeList } from './named-reads.ts';
import { makeSimulatedCluster } from './simulated/index.ts';

const many = worthAWholeList;

describe('objects by name', () => {
  test('are read one by one where they are few', async () => {
    const { cluster, requests } = await withMaps(many);
    const found = await readNamed(cluster, refs('ConfigMap', 3));
    assert.deepEqual([...found.keys()], refs('ConfigMap', 3).map(idOfRef));
    assert.deepEqual(requests(), { get: 3 });
  });

  test('are read with one list where they are many, those alone that are named and exist', async () => {
    const { cluster, requests } = await withMaps(many + 10);
    const named = [...refs('ConfigMap', many), ref('ConfigMap', 'absent')];
    const found = await readNamed(cluster, named);
    assert.deepEqual([...found.keys()].sort(), refs('ConfigMap', many).map(idOfRef).sort());
    assert.deepEqual(found.get(idOfRef(ref('ConfigMap', 'c-1')))?.data, { key: 'value' });
    assert.deepEqual(requests(), { list: 1 });
  });

  test('are all found beside many more of others, whichever the list shows first', async () => {
    const { cluster, requests } = await withMaps(many, 'z', many * 10);
    const found = await readNamed(cluster, refs('ConfigMap', many, 'z'));
    assert.equal(found.size, many);
    assert.deepEqual(requests(), { list: 1, get: many });
  });

  test('of another namespace are others', async () => {
    const { cluster } = await withMaps(many);
    const elsewhere = refs('ConfigMap', many).map(({ namespace: _, ...each }) => each);
    assert.equal((await readNamed(cluster, elsewhere)).size, 0);
  });

  test('are read by name where they may not be listed, and reported where they may not be read', async () => {
    const { cluster, requests } = await withMaps(many);
    const forbidden = () => Promise.reject(new BookendError('forbidden', 'no'));
    assert.equal((await readNamed(decorated(cluster, { list: forbidden }), refs('ConfigMap', many))).size, many);
    assert.deepEqual(requests(), { get: many });
    const blind = decorated(cluster, { list: forbidden, get: forbidden });
    await assert.rejects(readNamed(blind, refs('ConfigMap', many)), { code: 'forbidden' });
    const told: ObjectRef[] = [];
    const onRefused = (refused: ObjectRef) => void told.push(refused);
    assert.equal((await readNamed(blind, refs('ConfigMap', many), { onRefused })).size, 0);
    assert.equal(told.length, many);
  });

  test('of a kind that is not served do not exist', async () => {
    const { cluster } = await withMaps(0);
    const widgets = refs('Widget', many).map((each) => ({ ...each, apiVersion: 'example.com/v1' }));
    assert.equal((await readNamed(cluster, widgets)).size, 0);
  });

  test('that are Secrets are never listed with their values', async () => {
    const { cluster, settle } = makeSimulatedCluster();
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    for (const { name } of refs('Secret', many)) await cluster.create({ ...named('Secret', name), type: 'Opaque' });
    await settle(100);
    const metadataOnly: unknown[] = [];
    const watched = decorated(cluster, {
      list: (query) => {
        metadataOnly.push(query.metadataOnly);
        return cluster.list(query);
      },
    });
    const found = await readNamed(watched, refs('Secret', many));
    assert.deepEqual([found.size, found.get(idOfRef(ref('Secret', 'c-1')))?.type, metadataOnly], [many, 'Opaque', [true]]);
  });

  test('that are gone cost one list', async () => {
    const { cluster, requests } = await withMaps(3);
    assert.deepEqual(await thoseThere(cluster, refs('ConfigMap', many)), refs('ConfigMap', 3));
    assert.deepEqual(requests(), { list: 1 });
  });

  test('that are gone and few cost one list, but not beside many more objects of others', async () => {
    const alone = await withMaps(3);
    assert.deepEqual(await thoseThere(alone.cluster, refs('ConfigMap', worthAList, 'gone')), []);
    assert.deepEqual(alone.requests(), { list: 1 });
    const crowd = await withMaps(many);
    const open = refs('ConfigMap', worthAList, 'gone');
    assert.deepEqual(await thoseThere(crowd.cluster, open), open);
  });
});

function ref(kind: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind, namespace: 'shop', name };
}

function refs(kind: string, count: number, prefix = 'c'): ObjectRef[] {
  return Array.from({ length: count }, (_, index) => ref(kind, `${prefix}-${index}`));
}

function named(kind: string, name: string): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' } };
}

/** @param others with a name that a list shows earlier */
async function withMaps(count: number, prefix = 'c', others = 0) {
  const simulated = makeSimulatedCluster();
  const { cluster, settle } = simulated;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const all = [...refs('ConfigMap', others, 'a'), ...refs('ConfigMap', count, prefix)];
  for (const { kind, name } of all) await cluster.create({ ...named(kind, name), data: { key: 'value' } });
  await settle(100);
  simulated.clearRequests();
  const requests = () => {
    const counts: Record<string, number> = {};
    for (const { verb } of simulated.requests) counts[verb] = (counts[verb] ?? 0) + 1;
    simulated.clearRequests();
    return counts;
  };
  return { cluster, requests };
}
