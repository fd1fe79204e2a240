/** Dry run: the server checks everything, answers as if it were done, and stores nothing. */
import assert from 'node:assert/strict';
import { configMap, configMapRef, manager } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function dryRunning(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, ['dry-run']);
  const dryRun = true;

  it('a creation is answered and not stored', async ({ cluster, namespace }) => {
    const answer = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }), { dryRun });
    assert.deepEqual(answer.data, { a: '1' });
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);
  });

  it('an apply is answered and not stored', async ({ cluster, namespace }) => {
    const fresh = await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager, dryRun });
    assert.equal(fresh.created, true);
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);

    const made = await cluster.apply(configMap(namespace, 'one', { data: { a: '1' } }), { fieldManager: manager });
    const again = await cluster.apply(configMap(namespace, 'one', { data: { a: '2' } }), { fieldManager: manager, dryRun });
    assert.deepEqual(again.object.data, { a: '2' });
    assert.equal(again.created, false);
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), made.object);
  });

  it('a patch is answered and not stored', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one', { data: { a: '1' } }));
    const patch = { type: 'merge', value: { data: { a: '2' } } } as const;
    const answer = await cluster.patch(configMapRef(namespace, 'one'), patch, { dryRun });
    assert.deepEqual(answer.data, { a: '2' });
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), made);
  });

  it('a delete leaves the object as it is, and meets the preconditions all the same', async ({ cluster, namespace }) => {
    const made = await cluster.create(configMap(namespace, 'one'));
    await cluster.delete(configMapRef(namespace, 'one'), { dryRun });
    assert.deepEqual(await cluster.get(configMapRef(namespace, 'one')), made);
    const wrong = cluster.delete(configMapRef(namespace, 'one'), { dryRun, uid: 'another' });
    await assert.rejects(wrong, { code: 'conflict' });
  });

  it('what would fail fails', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    await assert.rejects(cluster.create(configMap(namespace, 'one'), { dryRun }), { code: 'already-exists' });
  });
}
