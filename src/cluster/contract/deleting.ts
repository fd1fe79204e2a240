/** delete and its three answers, guarded by preconditions. */
import assert from 'node:assert/strict';
import { configMap, configMapRef, failure, names, ourConfigMaps } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function deleting(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);

  it('an object that nothing holds is deleted at once', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    assert.equal(await cluster.delete(configMapRef(namespace, 'one')), 'deleted');
    assert.equal(await cluster.get(configMapRef(namespace, 'one')), undefined);
    assert.deepEqual(names((await cluster.list(ourConfigMaps(namespace))).items), []);
  });

  it('an object that is not there is absent, whatever the preconditions', async ({ cluster, namespace }) => {
    assert.equal(await cluster.delete(configMapRef(namespace, 'nothing')), 'absent');
    assert.equal(await cluster.delete(configMapRef(namespace, 'nothing'), { uid: 'some', propagation: 'Foreground' }), 'absent');
    assert.equal(await cluster.delete(configMapRef(`${namespace}-nowhere`, 'nothing')), 'absent');
  });

  it('the uid that was seen is deleted', async ({ cluster, namespace }) => {
    const { metadata } = await cluster.create(configMap(namespace, 'one'));
    assert.equal(await cluster.delete(configMapRef(namespace, 'one'), { uid: metadata.uid ?? '' }), 'deleted');
  });

  it('another uid is a conflict and the object stays', async ({ cluster, namespace }) => {
    const first = await cluster.create(configMap(namespace, 'one'));
    await cluster.delete(configMapRef(namespace, 'one'));
    const second = await cluster.create(configMap(namespace, 'one'));
    const attempt = cluster.delete(configMapRef(namespace, 'one'), { uid: first.metadata.uid ?? '' });
    await assert.rejects(attempt, failure('conflict', { object: `ConfigMap ${namespace}/one` }));
    assert.equal((await cluster.get(configMapRef(namespace, 'one')))?.metadata.uid, second.metadata.uid);
  });

  it('the uid in the reference alone is no precondition', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'one'));
    assert.equal(await cluster.delete({ ...configMapRef(namespace, 'one'), uid: 'another' }), 'deleted');
  });

  it('another resourceVersion is a conflict and the object stays', async ({ cluster, namespace }) => {
    const { metadata } = await cluster.create(configMap(namespace, 'one'));
    await cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: '1' } } });
    const stale = cluster.delete(configMapRef(namespace, 'one'), { resourceVersion: metadata.resourceVersion ?? '' });
    await assert.rejects(stale, { code: 'conflict' });
    const now = await cluster.get(configMapRef(namespace, 'one'));
    const found = await cluster.delete(configMapRef(namespace, 'one'), { resourceVersion: now?.metadata.resourceVersion ?? '' });
    assert.equal(found, 'deleted');
  });
}
