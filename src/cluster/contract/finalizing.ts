/** Finalizers: deletion in two steps. */
import assert from 'node:assert/strict';
import type { Cluster } from '../port.ts';
import { configMap, configMapRef, failure, hold } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function finalizing(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);

  it('a held object is terminating until its last finalizer is removed', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    assert.equal(await cluster.delete(configMapRef(namespace, 'one')), 'terminating');
    const held = await cluster.get(configMapRef(namespace, 'one'));
    assert.match(held?.metadata.deletionTimestamp ?? '', /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(held?.metadata.finalizers, [hold]);
    await release(cluster, namespace, 'one', [hold]);
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);
  });

  it('deleting it again changes nothing', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    await cluster.delete(configMapRef(namespace, 'one'));
    const first = await cluster.get(configMapRef(namespace, 'one'));
    assert.equal(await cluster.delete(configMapRef(namespace, 'one'), { uid: first?.metadata.uid ?? '' }), 'terminating');
    const second = await cluster.get(configMapRef(namespace, 'one'));
    assert.equal(second?.metadata.deletionTimestamp, first?.metadata.deletionTimestamp);
    await release(cluster, namespace, 'one', [hold]);
  });

  it('removing one finalizer of two is not enough', async ({ cluster, namespace }) => {
    const second = 'contract.bookend.dev/second';
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold, second] }));
    await cluster.delete(configMapRef(namespace, 'one'));
    const left = await cluster.patch(configMapRef(namespace, 'one'), {
      type: 'json',
      operations: [
        { op: 'test', path: '/metadata/finalizers/0', value: hold },
        { op: 'remove', path: '/metadata/finalizers/0' },
      ],
    });
    assert.deepEqual(left.metadata.finalizers, [second]);
    assert.ok(await cluster.get(configMapRef(namespace, 'one')));
    await release(cluster, namespace, 'one', [second]);
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);
  });

  it('no new finalizer can be added once it is terminating', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    await cluster.delete(configMapRef(namespace, 'one'));
    const late = cluster.patch(configMapRef(namespace, 'one'), {
      type: 'json',
      operations: [{ op: 'add', path: '/metadata/finalizers/-', value: 'contract.bookend.dev/late' }],
    });
    await assert.rejects(late, failure('invalid', { field: 'metadata.finalizers' }));
    await release(cluster, namespace, 'one', [hold]);
  });

  it('the rest of a terminating object can still be changed', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    await cluster.delete(configMapRef(namespace, 'one'));
    const patched = await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: '1' } } });
    assert.deepEqual(patched.data, { a: '1' });
    await release(cluster, namespace, 'one', [hold]);
  });

  it('a terminating object still holds its name', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one', { finalizers: [hold] }));
    await cluster.delete(configMapRef(namespace, 'one'));
    await assert.rejects(cluster.create(configMap(namespace, 'one')), { code: 'already-exists' });
    await release(cluster, namespace, 'one', [hold]);
  });
}

/** Removes the finalizers as Bookend does: only if they are still the ones that were seen. */
export async function release(cluster: Cluster, namespace: string, name: string, seen: string[]): Promise<void> {
  await cluster.patch(configMapRef(namespace, name), {
    type: 'json',
    operations: [
      { op: 'test', path: '/metadata/finalizers', value: seen },
      { op: 'remove', path: '/metadata/finalizers' },
    ],
  });
}
