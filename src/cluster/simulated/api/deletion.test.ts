import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../index.ts';
import { configMap, homeCluster, job, pod, ref, story, widget, widgets, workload } from '../testing/samples.ts';

const map = ref('v1', 'ConfigMap', 'one');
const finalizers = (...names: string[]) => configMap('one', { finalizers: names });

describe('a DELETE', () => {
  test('marks what a finalizer holds, at the virtual time, without grace', async () => {
    const { port } = await homeCluster();
    await port.create(finalizers('example.com/hold'));
    assert.equal(await port.delete(map), 'terminating');
    const metadata = (await port.get(map))?.metadata;
    assert.equal(metadata?.deletionTimestamp, '2026-11-22T00:00:02Z');
    assert.equal(metadata?.deletionGracePeriodSeconds, 0);
  });

  test('counts as a new generation where there is one', async () => {
    const { port } = await homeCluster();
    await port.create(workload('StatefulSet', 'db'));
    const set = ref('apps/v1', 'StatefulSet', 'db');
    await port.delete(set, { propagation: 'Foreground' });
    assert.equal((await port.get(set))?.metadata.generation, 2);
  });

  test('Foreground and Orphan leave their finalizer, the later request counts', async () => {
    const { port } = await homeCluster();
    await port.create(finalizers('example.com/hold'));
    const policy = async () => (await port.get(map))?.metadata.finalizers;
    await port.delete(map, { propagation: 'Foreground' });
    assert.deepEqual(await policy(), ['example.com/hold', 'foregroundDeletion']);
    await port.delete(map, { propagation: 'Orphan' });
    assert.deepEqual(await policy(), ['example.com/hold', 'orphan']);
    await port.delete(map);
    assert.deepEqual(await policy(), ['example.com/hold', 'orphan']);
    await port.delete(map, { propagation: 'Background' });
    assert.deepEqual(await policy(), ['example.com/hold']);
  });

  test('a Job without a policy lets its Pods live, a Deployment does not', async () => {
    const { simulated, port } = await homeCluster();
    await port.create(job('task', { annotations: { 'simulated.bookend.dev/run-ms': '600000' } }));
    await port.create(workload('Deployment', 'web'));
    await simulated.settle();
    await port.delete(ref('batch/v1', 'Job', 'task'));
    await port.delete(ref('apps/v1', 'Deployment', 'web'));
    await simulated.settle(60_000);
    const { items } = await port.list({ apiVersion: 'v1', kind: 'Pod' });
    const tasks = items.map(({ metadata }) => [metadata.name.slice(0, 4), metadata.ownerReferences, metadata.finalizers]);
    assert.deepEqual(tasks, [['task', undefined, undefined]]);
  });
});

describe("a Pod's grace period", () => {
  test('is not given to a Pod that no node has yet', async () => {
    const { cluster: port } = makeSimulatedCluster();
    await port.create({ ...pod('one'), metadata: { name: 'one', namespace: 'default' } });
    assert.equal(await port.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'one' }), 'deleted');
  });

  test('is the template’s, lies in the deletionTimestamp, and can only be shortened', async () => {
    const { port, settle } = await homeCluster();
    await port.create(
      pod('one', { annotations: { 'simulated.bookend.dev/stop-ms': '3600000' }, spec: { terminationGracePeriodSeconds: 100 } }),
    );
    await settle();
    const one = ref('v1', 'Pod', 'one');
    const times = async () => {
      const metadata = (await port.get(one))?.metadata;
      return [metadata?.deletionTimestamp, metadata?.deletionGracePeriodSeconds];
    };
    assert.equal(await port.delete(one), 'terminating');
    assert.deepEqual(await times(), ['2026-11-22T00:01:43Z', 100]);
    assert.equal(await port.delete(one, { gracePeriodSeconds: 200, propagation: 'Foreground' }), 'terminating');
    assert.deepEqual(await times(), ['2026-11-22T00:01:43Z', 100]);
    assert.equal((await port.get(one))?.metadata.finalizers, undefined);
    await port.delete(one, { gracePeriodSeconds: 10 });
    assert.deepEqual(await times(), ['2026-11-22T00:00:13Z', 10]);
  });

  test('0 removes the object at once, whatever still runs', async () => {
    const { simulated, port } = await homeCluster({}, pod('one'));
    assert.equal(await port.delete(ref('v1', 'Pod', 'one'), { gracePeriodSeconds: 0 }), 'deleted');
    assert.deepEqual(story(simulated).slice(-3), ['gone Pod/home/one', 'killed Pod/home/one', 'stopped Pod/home/one']);
  });

  test('is not waited for when the containers have ended', async () => {
    const { port, settle } = await homeCluster();
    await port.create(pod('one', { spec: { restartPolicy: 'Never' } }));
    await settle(2_000);
    assert.equal(await port.delete(ref('v1', 'Pod', 'one')), 'deleted');
  });
});

describe('a terminating object', () => {
  test('takes no new finalizer, and loses its deletionTimestamp to nobody', async () => {
    const { port } = await homeCluster();
    await port.create(finalizers('example.com/hold'));
    await port.delete(map);
    const merge = (metadata: Record<string, unknown>) => port.patch(map, { type: 'merge', value: { metadata } });
    await assert.rejects(merge({ finalizers: ['example.com/hold', 'example.com/late'] }), { code: 'invalid' });
    await assert.rejects(merge({ deletionTimestamp: '2030-01-01T00:00:00Z' }), { code: 'invalid' });
    assert.ok((await merge({ deletionTimestamp: null })).metadata.deletionTimestamp);
  });
});

describe('the deletion of a CustomResourceDefinition', () => {
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.com' };

  test('takes no propagation policy from the first DELETE', async () => {
    const { port } = await homeCluster({}, widgets());
    await port.create(widget('held', { finalizers: ['example.com/hold'] }));
    await port.delete(definition, { propagation: 'Foreground' });
    assert.deepEqual((await port.get(definition))?.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    await port.delete(definition, { propagation: 'Foreground' });
    assert.deepEqual((await port.get(definition))?.metadata.finalizers?.at(-1), 'foregroundDeletion');
  });

  test('wipes its custom resources without any DELETE that admission could refuse, and waits for their finalizers', async () => {
    const { simulated, port, settle, until } = await homeCluster({}, widgets());
    await port.create(widget('free'));
    await port.create(widget('held', { finalizers: ['example.com/hold'] }));
    simulated.admission.push(({ operation, kind }) =>
      operation === 'DELETE' && kind.kind === 'Widget' ? { message: 'kept' } : undefined,
    );
    await assert.rejects(port.delete(ref('example.com/v1', 'Widget', 'free')), /kept/);
    assert.equal(await port.delete(definition), 'terminating');
    assert.deepEqual((await port.get(definition))?.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    await settle(30_000);
    assert.ok(await port.get(definition));
    assert.equal(await port.get(ref('example.com/v1', 'Widget', 'free')), undefined);
    await assert.rejects(port.create(widget('late')), /create not allowed while custom resource definition is terminating/);
    await port.patch(ref('example.com/v1', 'Widget', 'held'), { type: 'merge', value: { metadata: { finalizers: null } } });
    await until(async () => (await port.get(definition)) === undefined, 10_000);
    await assert.rejects(port.get(ref('example.com/v1', 'Widget', 'held')), { code: 'not-found' });
  });
});
