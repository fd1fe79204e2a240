/** Namespace termination: everything inside goes, nothing new comes in, and finalizers inside hold it. */
import assert from 'node:assert/strict';
import { release } from './finalizing.ts';
import { configMap, configMapRef, hold } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function endingNamespaces(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, ['namespace-controller']);

  it('goes when all that is in it has gone, and takes nothing new in meanwhile', async ({ cluster, namespace, until }) => {
    const name = `${namespace}-ending`;
    const ref = { apiVersion: 'v1', kind: 'Namespace', name };
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await cluster.create(configMap(name, 'free'));
    await cluster.create(configMap(name, 'held', { finalizers: [hold] }));

    assert.equal(await cluster.delete(ref), 'terminating');
    await assert.rejects(cluster.create(configMap(name, 'late')), { code: 'forbidden', message: /terminat/ });
    await until(async () => (await cluster.get(configMapRef(name, 'free'))) === undefined);
    await until(async () => (await cluster.get(configMapRef(name, 'held')))?.metadata.deletionTimestamp !== undefined);
    const waiting = await cluster.get(ref);
    assert.ok(waiting?.metadata.deletionTimestamp);
    assert.deepEqual(waiting?.status, { ...(waiting?.status as object), phase: 'Terminating' });

    const changed = await cluster.patch(configMapRef(name, 'held'), { type: 'merge', value: { data: { still: 'writable' } } });
    assert.deepEqual(changed.data, { still: 'writable' });

    await release(cluster, name, 'held', [hold]);
    // The namespace controller looks again after a while only, and after a longer while each time.
    await until(async () => (await cluster.get(ref)) === undefined, 90_000);
  });
}
