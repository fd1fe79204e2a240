import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { mapsOf } from '../json.ts';
import { home, homeCluster, inHome, ref, widget, widgets, workload } from '../testing/samples.ts';

async function cluster() {
  const simulated = await homeCluster();
  const apply = (object: KubernetesObject, fieldManager = 'first', force = false) =>
    simulated.cluster.apply(object, { fieldManager, force }).then((answer) => answer.object);
  return { ...simulated, apply };
}

const settings = (data: Record<string, string>) =>
  inHome('v1', 'ConfigMap', 'settings', Object.keys(data).length > 0 ? { data } : {});

describe('server-side apply', () => {
  test('enters who set what, in the form of fieldsV1', async () => {
    const { apply } = await cluster();
    const { metadata } = await apply(settings({ a: '1' }));
    assert.deepEqual(metadata.managedFields, [
      {
        manager: 'first',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-11-22T00:00:02Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:a': {} } },
      },
    ]);
  });

  test('one that is named twice stays while one manager still names it', async () => {
    const { apply } = await cluster();
    await apply(settings({ a: '1', b: '1' }), 'first');
    await apply(settings({ a: '1' }), 'second');
    assert.deepEqual((await apply(settings({}), 'first')).data, { a: '1' });
    assert.equal((await apply(settings({}), 'second')).data, undefined);
  });

  test('what was created by somebody is a conflict to the first apply, unless it is the same', async () => {
    const { apply, port } = await cluster();
    await port.create(settings({ a: '1' }), { fieldManager: 'helm' });
    await apply(settings({ a: '1' }));
    await assert.rejects(apply(settings({ a: '2' }), 'other'), (error) => {
      assert.ok(isCode(error, 'conflict'));
      assert.match(
        error.message,
        /Apply failed with 2 conflicts: conflicts with "helm" using v1:\n- \.data\.a\nconflicts with "first":\n- \.data\.a/,
      );
      return true;
    });
  });

  test('a patch takes fields away from whoever had applied them', async () => {
    const { apply, port } = await cluster();
    await apply(settings({ a: '1', b: '1' }));
    await port.patch(
      ref('v1', 'ConfigMap', 'settings'),
      { type: 'merge', value: { data: { a: '2' } } },
      { fieldManager: 'editor' },
    );
    await assert.rejects(apply(settings({ a: '1', b: '1' })), /conflict with "editor" using v1: \.data\.a/);
    const forced = await apply(settings({ a: '1', b: '1' }), 'first', true);
    assert.deepEqual(forced.data, { a: '1', b: '1' });
  });

  test("other managers' finalizers and owners stay", async () => {
    const { apply, port } = await cluster();
    const holding = (finalizer: string) => ({
      ...settings({}),
      metadata: { name: 'settings', namespace: home, finalizers: [finalizer] },
    });
    await port.create(holding('example.com/theirs'), { fieldManager: 'theirs' });
    assert.deepEqual((await apply(holding('example.com/ours'))).metadata.finalizers, ['example.com/theirs', 'example.com/ours']);
    assert.deepEqual((await apply(settings({}))).metadata.finalizers, ['example.com/theirs']);
  });

  test('containers are merged by name, their ports by number', async () => {
    const { apply, port } = await cluster();
    const wanted = workload('Deployment', 'web');
    await apply(wanted);
    const sidecar = [{ name: 'sidecar', image: 'example/sidecar', ports: [{ containerPort: 80 }] }];
    await apply(workload('Deployment', 'web', { spec: { containers: sidecar } }), 'injector');
    const names = (deployment: KubernetesObject | undefined) =>
      mapsOf(fieldAt(deployment?.spec, 'template', 'spec', 'containers')).map(({ name }) => name);
    assert.deepEqual(names(await port.get(ref('apps/v1', 'Deployment', 'web'))), ['app', 'sidecar']);
    assert.deepEqual(names(await apply(wanted)), ['app', 'sidecar']);
  });

  test('applying a workload again leaves the resourceVersion and generation alone', async () => {
    const { apply, settle } = await cluster();
    const first = await apply(workload('Deployment', 'web'));
    await settle();
    const second = await apply(workload('Deployment', 'web'));
    const third = await apply(workload('Deployment', 'web'));
    assert.equal(second.metadata.generation, first.metadata.generation);
    assert.equal(third.metadata.resourceVersion, second.metadata.resourceVersion);
  });

  test("a custom resource's lists are merged as its schema says", async () => {
    const { apply, port, settle } = await cluster();
    const items = { type: 'object', properties: { key: { type: 'string' }, value: { type: 'string' } } };
    const byKey = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'], items };
    const properties = { byKey, whole: { type: 'array', items } };
    await port.create(widgets({ schema: { type: 'object', properties: { spec: { type: 'object', properties } } } }));
    await settle();
    const one = { key: 'one', value: '1' };
    const two = { key: 'two', value: '2' };
    await apply({ ...widget('w'), spec: { byKey: [one] } });
    const merged = await apply({ ...widget('w'), spec: { byKey: [two], whole: [two] } }, 'second');
    assert.deepEqual(merged.spec, { byKey: [one, two], whole: [two] });
    assert.deepEqual((await apply({ ...widget('w'), spec: {} }, 'second')).spec, { byKey: [one] });
  });

  test('an object with managedFields is refused, as is one that names the uid of nothing', async () => {
    const { apply } = await cluster();
    const object = settings({});
    await assert.rejects(apply({ ...object, metadata: { ...object.metadata, managedFields: [] } }), { code: 'invalid' });
    await assert.rejects(apply({ ...object, metadata: { ...object.metadata, uid: 'some' } }), { code: 'conflict' });
  });
});
