import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError, isCode } from '../errors.ts';
import { idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { act, removeFinalizers } from './act.ts';
import type { Action, Target } from './decide.ts';
import { configMap, namespace, widget, workload } from './testing/samples.ts';

async function withObject(object: KubernetesObject) {
  const { cluster } = makeSimulatedCluster();
  await cluster.create(namespace());
  const created = await cluster.create(object);
  const target = refOf(created) as Target;
  const step = idOf(object);
  const remove = (propagation: 'Foreground' | 'Background' = 'Background'): Extract<Action, { type: 'delete' }> => ({
    type: 'delete',
    step,
    target,
    propagation,
  });
  return { cluster, target, step, remove };
}

/** The cluster with some of its calls replaced. */
function faulty(cluster: Cluster, calls: Partial<Cluster>): Cluster {
  return { ...cluster, ...calls };
}

const held = () => configMap('held', { finalizers: ['example.dev/a', 'example.dev/b'] });

describe('a delete', () => {
  test('answers gone when the object is gone at once, and when it was gone already', async () => {
    const { cluster, remove } = await withObject(configMap('x'));
    assert.equal(await act(cluster, remove()), 'gone');
    assert.equal(await act(cluster, remove()), 'gone');
  });

  test('answers pending while a finalizer or the garbage collector keeps the object', async () => {
    const one = await withObject(held());
    assert.equal(await act(one.cluster, one.remove()), 'pending');
    const two = await withObject(workload('DaemonSet', 'd'));
    assert.equal(await act(two.cluster, two.remove('Foreground')), 'pending');
  });

  test('never touches another object of the same name, and knows that the one it meant is gone', async () => {
    const { cluster, target, remove } = await withObject(configMap('x'));
    await cluster.delete(target);
    const anew = await cluster.create(configMap('x'));
    assert.equal(await act(cluster, remove()), 'gone');
    assert.equal((await cluster.get(target))?.metadata.uid, anew.metadata.uid);
  });

  test('fails with the conflict when the object itself is still there', async () => {
    const { cluster, remove } = await withObject(configMap('x'));
    const conflict = async () => {
      throw new BookendError('conflict', 'modified');
    };
    await assert.rejects(act(faulty(cluster, { delete: conflict }), remove()), (error) => isCode(error, 'conflict'));
  });

  test('of a kind that is not served any more answers gone', async () => {
    const { cluster } = makeSimulatedCluster();
    const target = { ...refOf(widget('w')), uid: 'u' };
    const action: Action = { type: 'delete', step: idOf(widget('w')), target, propagation: 'Background' };
    assert.equal(await act(cluster, action), 'gone');
  });

  test('passes every other failure on', async () => {
    const { cluster, remove } = await withObject(configMap('x'));
    const forbidden = async () => {
      throw new BookendError('forbidden', 'no');
    };
    await assert.rejects(act(faulty(cluster, { delete: forbidden }), remove()), (error) => isCode(error, 'forbidden'));
  });
});

describe('removing finalizers', () => {
  const forced = (
    { target, step }: { target: Target; step: Action['step'] },
    finalizers: string[],
  ): Action & { type: 'remove-finalizers' } => ({
    type: 'remove-finalizers',
    step,
    target,
    finalizers,
  });

  test('takes off the named ones and no others', async () => {
    const one = await withObject(held());
    assert.equal(await act(one.cluster, forced(one, ['example.dev/a'])), 'pending');
    assert.deepEqual((await one.cluster.get(one.target))?.metadata.finalizers, ['example.dev/b']);
  });

  test('writes nothing when they are gone already', async () => {
    const one = await withObject(held());
    const patch = async () => assert.fail('a write');
    assert.equal(await act(faulty(one.cluster, { patch }), forced(one, ['example.dev/c'])), 'pending');
  });

  test('leaves another object of the same name alone', async () => {
    const one = await withObject(held());
    const action = { ...forced(one, ['example.dev/a']), target: { ...one.target, uid: 'another' } };
    assert.equal(await act(one.cluster, action), 'gone');
    assert.equal((await one.cluster.get(one.target))?.metadata.finalizers?.length, 2);
  });

  test('never undoes what somebody else changed between the look and the write', async () => {
    const { cluster, target } = await withObject(held());
    const seen = await cluster.get(target);
    await cluster.patch(target, { type: 'merge', value: { metadata: { finalizers: ['example.dev/a', 'example.dev/new'] } } });
    assert.ok(seen);
    await assert.rejects(removeFinalizers(cluster, seen, new Set(['example.dev/a'])), (error) => isCode(error, 'conflict'));
    assert.deepEqual((await cluster.get(target))?.metadata.finalizers, ['example.dev/a', 'example.dev/new']);
  });

  test('answers gone when the object goes between the look and the write', async () => {
    const one = await withObject(held());
    const patch = async () => {
      throw new BookendError('not-found', 'configmaps "held" not found');
    };
    assert.equal(await act(faulty(one.cluster, { patch }), forced(one, ['example.dev/a'])), 'gone');
  });
});

test('a forced delete has grace 0', async () => {
  const { cluster, target, step } = await withObject(configMap('x'));
  const asked: unknown[] = [];
  const spied: Cluster['delete'] = async (_, options) => {
    asked.push(options);
    return 'deleted';
  };
  assert.equal(await act(faulty(cluster, { delete: spied }), { type: 'force-delete', step, target }), 'gone');
  assert.deepEqual(asked, [{ gracePeriodSeconds: 0, uid: target.uid }]);
});
