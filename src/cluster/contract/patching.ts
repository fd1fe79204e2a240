/** JSON patch with guards, merge patch, and the status subresource. */
import assert from 'node:assert/strict';
import { refOf } from '../../objects/identity.ts';
import { configMap, configMapRef, failure, widget, withWidgets } from './samples.ts';
import { type ContractTest, type MakeSubject, onSubject } from './subject.ts';

export function patching(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);
  jsonPatches(it);
  mergePatches(it);
  statusPatches(onSubject(makeSubject, ['custom-resources']));
}

function jsonPatches(it: ContractTest): void {
  it('a JSON patch adds, replaces and removes', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { data: { a: '1', b: '2' } }));
    const patched = await cluster.patch(configMapRef(namespace, 'one'), {
      type: 'json',
      operations: [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '3' },
        { op: 'remove', path: '/data/b' },
        { op: 'add', path: '/metadata/labels/example.com~1x', value: 'y' },
      ],
    });
    assert.deepEqual(patched.data, { a: '3' });
    assert.equal(patched.metadata.labels?.['example.com/x'], 'y');
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), patched);
  });

  it('answers with metadata alone where that is enough', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const patch = { type: 'merge', value: { data: { a: '2' } } } as const;
    const patched = await cluster.patch(configMapRef(namespace, 'one'), patch, { metadataOnly: true });
    const stored = await cluster.get(configMapRef(namespace, 'one'));
    assert.deepEqual(stored, { ...patched, data: { a: '2' } });
  });

  it('a failed test is a conflict and nothing changes', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const patch = cluster.patch(configMapRef(namespace, 'one'), {
      type: 'json',
      operations: [
        { op: 'replace', path: '/data/a', value: '3' },
        { op: 'test', path: '/metadata/uid', value: 'another' },
      ],
    });
    await assert.rejects(patch, failure('conflict', { object: `ConfigMap ${namespace}/one` }));
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), made);
  });

  it('a test of a field that is not there is a conflict too', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    const patch = cluster.patch(configMapRef(namespace, 'one'), {
      type: 'json',
      operations: [
        { op: 'test', path: '/metadata/finalizers', value: ['x.example/y'] },
        { op: 'remove', path: '/metadata/finalizers' },
      ],
    });
    await assert.rejects(patch, { code: 'conflict' });
  });

  it('a test of the resourceVersion guards against every change in between', async ({ cluster, namespace }) => {
    const { metadata } = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const guarded = (value: string) =>
      cluster.patch(configMapRef(namespace, 'one'), {
        type: 'json',
        operations: [
          { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
          { op: 'replace', path: '/data/a', value },
        ],
      });
    await guarded('2');
    await assert.rejects(guarded('3'), { code: 'conflict' });
  });
}

function mergePatches(it: ContractTest): void {
  it('a merge patch sets what it names and removes what it names as null', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { data: { a: '1', b: '2' } }));
    const patched = await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: null, c: '3' } } });
    assert.deepEqual(patched.data, { b: '2', c: '3' });
  });

  it('a merge patch with an old resourceVersion is a conflict', async ({ cluster, namespace }) => {
    const { metadata } = await cluster.create(configMap(namespace, 'one'));
    const value = (content: string) => ({ metadata: { resourceVersion: metadata.resourceVersion }, data: { a: content } });
    await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: value('1') });
    const again = cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: value('2') });
    await assert.rejects(again, { code: 'conflict' });
  });

  it('a patch that changes nothing leaves the resourceVersion alone', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const patched = await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: '1' } } });
    assert.equal(patched.metadata.resourceVersion, made.metadata.resourceVersion);
  });

  it('a patch of an object that is not there fails with not-found and names it', async ({ cluster, namespace }) => {
    const patch = cluster.patch(configMapRef(namespace, 'nothing'), { type: 'merge', value: { data: {} } });
    await assert.rejects(patch, failure('not-found', { object: `ConfigMap ${namespace}/nothing` }));
  });
}

function statusPatches(it: ContractTest): void {
  it('the status changes only through its subresource, the spec only outside of it', async (subject) => {
    const { cluster, namespace } = subject;
    await withWidgets(subject, async () => {
      const made = await cluster.create({ ...widget(namespace, 'one'), status: { phase: 'ignored' } });
      assert.equal(made.status, undefined);
      assert.equal(made.metadata.generation, 1);
      const both = { spec: { size: 2 }, status: { phase: 'Ready' } };

      const status = await cluster.patch(refOf(made), { type: 'merge', value: both }, { subresource: 'status' });
      assert.deepEqual(status.status, { phase: 'Ready' });
      assert.deepEqual(status.spec, { size: 1 });
      assert.equal(status.metadata.generation, 1);

      const spec = await cluster.patch(refOf(made), { type: 'merge', value: { spec: { size: 3 }, status: { phase: 'Lost' } } });
      assert.deepEqual(spec.status, { phase: 'Ready' });
      assert.deepEqual(spec.spec, { size: 3 });
      assert.equal(spec.metadata.generation, 2);
    });
  });

  it('a JSON patch of the status is guarded by a test', async (subject) => {
    const { cluster, namespace } = subject;
    await withWidgets(subject, async () => {
      const made = await cluster.create(widget(namespace, 'one'));
      const write = (phase: string) =>
        cluster.patch(
          refOf(made),
          {
            type: 'json',
            operations: [
              { op: 'test', path: '/metadata/resourceVersion', value: made.metadata.resourceVersion },
              { op: 'add', path: '/status', value: { phase } },
            ],
          },
          { subresource: 'status' },
        );
      assert.deepEqual((await write('Ready')).status, { phase: 'Ready' });
      await assert.rejects(write('Lost'), { code: 'conflict' });
    });
  });
}
