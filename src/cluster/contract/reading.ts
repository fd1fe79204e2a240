/** get and list: current, complete, selected. */
import assert from 'node:assert/strict';
import { configMap, configMapRef, names, onlyTwo, ourConfigMaps } from './samples.ts';
import { type ContractTest, type MakeSubject, onSubject } from './subject.ts';

export function reading(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);
  gets(it);
  lists(it);
  selects(it);
}

function gets(it: ContractTest): void {
  it('gets what was created a moment ago, with its apiVersion, kind, uid and resourceVersion', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const seen = await cluster.get(configMapRef(namespace, 'one'));
    assert.deepEqual(seen, made);
    assert.equal(seen?.apiVersion, 'v1');
    assert.equal(seen?.kind, 'ConfigMap');
    assert.ok(seen?.metadata.uid);
    assert.ok(seen?.metadata.resourceVersion);
    assert.ok(seen?.metadata.creationTimestamp);
  });

  it('answers undefined for an object that is not there, also in a namespace that is not there', async ({
    cluster,
    namespace,
  }) => {
    assert.equal(await cluster.get(configMapRef(namespace, 'nothing')), undefined);
    assert.equal(await cluster.get(configMapRef(`${namespace}-nowhere`, 'nothing')), undefined);
  });

  it('does not compare the uid of the reference', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    assert.ok(await cluster.get({ ...configMapRef(namespace, 'one'), uid: 'another' }));
  });

  it('gets cluster-scoped objects', async ({ cluster, namespace }) => {
    const seen = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    assert.equal(seen?.metadata.name, namespace);
  });

  it('keeps fields that it does not know', async ({ cluster, namespace }) => {
    await cluster.create({ ...configMap(namespace, 'one'), immutable: true });
    assert.equal((await cluster.get(configMapRef(namespace, 'one')))?.immutable, true);
  });
}

function lists(it: ContractTest): void {
  it('lists all objects of a kind, each with its apiVersion and kind, however many pages it takes', async ({
    cluster,
    namespace,
  }) => {
    const wanted = Array.from({ length: 40 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    await Promise.all(wanted.map((name) => cluster.create(configMap(namespace, name))));
    const { items, resourceVersion } = await cluster.list(ourConfigMaps(namespace));
    assert.deepEqual(names(items), wanted);
    assert.ok(items.every((item) => item.apiVersion === 'v1' && item.kind === 'ConfigMap'));
    assert.match(resourceVersion, /^\d+$/);
  });

  it('keeps of what it lists only what the query keeps', async ({ cluster, namespace }) => {
    await Promise.all(['one', 'two', 'three'].map((name) => cluster.create(configMap(namespace, name))));
    const { items } = await cluster.list({ ...ourConfigMaps(namespace), keep: onlyTwo });
    assert.deepEqual(items, [onlyTwo(items[0] ?? configMap(namespace, 'two'))]);
    assert.deepEqual(names(items), ['two']);
  });

  it('ends a list at its limit and tells that there are more, and how many where nothing is selected', async ({
    cluster,
    namespace,
  }) => {
    await Promise.all(['one', 'two', 'three'].map((name) => cluster.create(configMap(namespace, name))));
    const selected = await cluster.list({ ...ourConfigMaps(namespace), limit: 2 });
    assert.equal(selected.items.length, 2);
    assert.ok(selected.more);
    const { items, more } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace, limit: 1, metadataOnly: true });
    assert.equal(items.length, 1);
    assert.ok((more?.count ?? 0) >= 2);
    assert.equal((await cluster.list({ ...ourConfigMaps(namespace), limit: 3 })).more, undefined);
  });

  it('lists every namespace when none is named', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { labels: { only: namespace } }));
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', labelSelector: `only=${namespace}` });
    const namespaces = items.map((item) => item.metadata.namespace);
    assert.deepEqual(namespaces, [namespace]);
  });

  it('lists nothing where there is nothing', async ({ cluster, namespace }) => {
    assert.deepEqual((await cluster.list(ourConfigMaps(namespace))).items, []);
    assert.deepEqual((await cluster.list(ourConfigMaps(`${namespace}-nowhere`))).items, []);
  });
}

function selects(it: ContractTest): void {
  it('selects by labels', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'red', { labels: { colour: 'red' } }));
    await cluster.create(configMap(namespace, 'blue', { labels: { colour: 'blue' } }));
    await cluster.create(configMap(namespace, 'plain'));
    const select = async (selector: string) =>
      names((await cluster.list(ourConfigMaps(namespace, { labelSelector: `suite=contract,${selector}` }))).items);
    assert.deepEqual(await select('colour=red'), ['red']);
    assert.deepEqual(await select('colour!=red'), ['blue', 'plain']);
    assert.deepEqual(await select('colour in (red,blue)'), ['blue', 'red']);
    assert.deepEqual(await select('colour notin (red)'), ['blue', 'plain']);
    assert.deepEqual(await select('colour'), ['blue', 'red']);
    assert.deepEqual(await select('!colour'), ['plain']);
  });

  it('selects by the name field', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'red'));
    await cluster.create(configMap(namespace, 'blue'));
    assert.deepEqual(names((await cluster.list(ourConfigMaps(namespace, { fieldSelector: 'metadata.name=red' }))).items), [
      'red',
    ]);
    assert.deepEqual(names((await cluster.list(ourConfigMaps(namespace, { fieldSelector: 'metadata.name!=red' }))).items), [
      'blue',
    ]);
  });

  it('reads only the metadata on request, under the true apiVersion and kind', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { data: { secret: 'value' }, labels: { colour: 'red' } }));
    const [item] = (await cluster.list(ourConfigMaps(namespace, { metadataOnly: true }))).items;
    assert.deepEqual(Object.keys(item ?? {}).sort(), ['apiVersion', 'kind', 'metadata']);
    assert.equal(item?.apiVersion, 'v1');
    assert.equal(item?.kind, 'ConfigMap');
    assert.equal(item?.metadata.labels?.colour, 'red');
  });
}
