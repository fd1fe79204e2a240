/** create, and server-side apply with its field ownership. */
import assert from 'node:assert/strict';
import { configMap, configMapRef, failure, manager } from './samples.ts';
import { type ContractTest, type MakeSubject, onSubject } from './subject.ts';

export function applying(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);
  creating(it);
  owning(it);
}

function creating(it: ContractTest): void {
  it('creates an object once and says so when it exists already', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    assert.ok(made.metadata.uid);
    const attempt = cluster.create(configMap(namespace, 'one', { data: { a: '2' } }));
    await assert.rejects(attempt, failure('already-exists', { object: `ConfigMap ${namespace}/one` }));
    assert.deepEqual((await cluster.get(configMapRef(namespace, 'one')))?.data, { a: '1' });
  });

  it('gives an object that is made again another uid', async ({ cluster, namespace }) => {
    const first = await cluster.create(configMap(namespace, 'one'));
    await cluster.delete(configMapRef(namespace, 'one'));
    const second = await cluster.create(configMap(namespace, 'one'));
    assert.notEqual(second.metadata.uid, first.metadata.uid);
  });
}

function owning(it: ContractTest): void {
  const other = 'contract-other';

  it('apply creates what is not there and says so, and later changes it and says that', async ({ cluster, namespace }) => {
    const first = await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    assert.equal(first.created, true);
    const second = await cluster.apply(configMap(namespace, 'one', { data: { a: '2' } }), { fieldManager: manager });
    assert.equal(second.created, false);
    assert.deepEqual(second.object.data, { a: '2' });
    assert.equal(second.object.metadata.uid, first.object.metadata.uid);
    assert.notEqual(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion);
  });

  it('applying the same again leaves the resourceVersion alone', async ({ cluster, namespace }) => {
    const wanted = configMap(namespace, 'one', { data: { a: '1' } });
    const first = await cluster.apply(wanted, { fieldManager: manager });
    const second = await cluster.apply(wanted, { fieldManager: manager });
    assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion);
  });

  it('a field that is no longer applied is removed', async ({ cluster, namespace }) => {
    await cluster.apply(configMap(namespace, 'one', { data: { a: '1', b: '2' } }), { fieldManager: manager });
    const { object } = await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    assert.deepEqual(object.data, { a: '1' });
  });

  it('a field that nobody applied is left alone', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { data: { theirs: 'x' } }));
    const { object } = await cluster.apply(configMap(namespace, 'one', { data: { ours: 'y' } }), { fieldManager: manager });
    assert.deepEqual(object.data, { theirs: 'x', ours: 'y' });
  });

  it("another manager's field is a conflict that names the manager and the field, and nothing changes", async ({
    cluster,
    namespace,
  }) => {
    await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    const theirs = cluster.apply(configMap(namespace, 'one', { data: { a: '2' } }), { fieldManager: other });
    await assert.rejects(theirs, failure('conflict', {}, new RegExp(manager), /\.data\.a/));
    assert.deepEqual((await cluster.get(configMapRef(namespace, 'one')))?.data, { a: '1' });
  });

  it('two managers may apply the same value', async ({ cluster, namespace }) => {
    const wanted = configMap(namespace, 'one', { data: { a: '1' } });
    await cluster.apply(wanted, { fieldManager: manager });
    await cluster.apply(wanted, { fieldManager: other });
    // The field stays while one of the two still applies it.
    const { object } = await cluster.apply(configMap(namespace, 'one'), { fieldManager: other });
    assert.deepEqual(object.data, { a: '1' });
  });

  it('force takes the field over, and the former owner then meets the conflict', async ({ cluster, namespace }) => {
    await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    const forced = await cluster.apply(configMap(namespace, 'one', { data: { a: '2' } }), { fieldManager: other, force: true });
    assert.deepEqual(forced.object.data, { a: '2' });
    const back = cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    await assert.rejects(back, { code: 'conflict' });
  });

  it('applies cluster-scoped objects', async ({ cluster, namespace }) => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: `${namespace}-role` },
      rules: [],
    };
    const { created } = await cluster.apply(role, { fieldManager: manager });
    try {
      assert.equal(created, true);
    } finally {
      await cluster.delete({ apiVersion: role.apiVersion, kind: role.kind, name: role.metadata.name });
    }
  });

  it('an apply that names a uid never touches another object, nor makes a new one', async ({ cluster, namespace }) => {
    const first = await cluster.create(configMap(namespace, 'one'));
    await cluster.delete(configMapRef(namespace, 'one'));
    const wanted = configMap(namespace, 'one', { data: { a: '1' } });
    wanted.metadata.uid = first.metadata.uid ?? '';
    const apply = () => cluster.apply(wanted, { fieldManager: manager, force: true });
    await assert.rejects(apply(), { code: 'conflict' });
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);
    const second = await cluster.create(configMap(namespace, 'one'));
    await assert.rejects(apply(), { code: 'conflict' });
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), second);
  });
}
