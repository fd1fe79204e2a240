/**
 * Errors by type: each failure is one of ours, says what it happened on and, where the server names one, which field is
 * at fault.
 */
import assert from 'node:assert/strict';
import { type BookendError, isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { wordsOf } from '../circumstances.ts';
import { configMap, configMapRef, failure, manager } from './samples.ts';
import { type MakeSubject, onSubject } from './subject.ts';

export function failing(makeSubject: MakeSubject): void {
  const it = onSubject(makeSubject, []);
  const itValidating = onSubject(makeSubject, ['validation']);

  itValidating('an object that breaks a rule is invalid, with the field', async ({ cluster, namespace }) => {
    for (const attempt of [
      () => cluster.create(configMap(namespace, 'Not_A_Name')),
      () => cluster.apply(configMap(namespace, 'Not_A_Name'), { fieldManager: manager }),
    ]) {
      const expected = failure('invalid', { field: 'metadata.name', object: `ConfigMap ${namespace}/Not_A_Name` });
      await assert.rejects(attempt(), expected);
    }
  });

  itValidating('a change of what cannot change is invalid, with the field', async ({ cluster, namespace }) => {
    await cluster.create({ ...configMap(namespace, 'one', { data: { a: '1' } }), immutable: true });
    const change = cluster.patch(configMapRef(namespace, 'one'), { type: 'merge', value: { data: { a: '2' } } });
    await assert.rejects(change, failure('invalid', { field: 'data' }));
  });

  it('a kind that is not served is not found, whatever is asked of it', async ({ cluster, namespace }) => {
    const apiVersion = 'nowhere.bookend.dev/v1';
    const gadget: KubernetesObject = { apiVersion, kind: 'Gadget', metadata: { name: 'one', namespace } };
    const ref = { apiVersion, kind: 'Gadget', namespace, name: 'one' };
    for (const attempt of [
      () => cluster.get(ref),
      () => cluster.list({ apiVersion, kind: 'Gadget' }),
      () => cluster.create(gadget),
      () => cluster.apply(gadget, { fieldManager: manager }),
      () => cluster.patch(ref, { type: 'merge', value: {} }),
      () => cluster.delete(ref),
    ]) {
      await assert.rejects(attempt(), failure('not-found', { reason: 'KindNotServed' }, /Gadget/, /nowhere\.bookend\.dev\/v1/));
    }
  });

  it('creating in a namespace that does not exist fails with not-found and names it', async ({ cluster, namespace }) => {
    const homeless = configMap(`${namespace}-nowhere`, 'one');
    for (const attempt of [() => cluster.create(homeless), () => cluster.apply(homeless, { fieldManager: manager })]) {
      await assert.rejects(attempt(), (error) => {
        assert.ok(isCode(error, 'not-found'), String(error));
        assert.ok(error.message.includes(`${namespace}-nowhere`), error.message);
        assert.equal(error.details.reason, 'NamespaceNotFound');
        assert.match(wordsOf(error), /namespace \S+-nowhere does not exist: create it/);
        return true;
      });
    }
  });

  it('creating beyond a quota is forbidden and names the quota', async ({ cluster, namespace }) => {
    const hard = { 'count/configmaps': '0' };
    await cluster.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace }, spec: { hard } });
    const refusal = await refusalOf(() => cluster.create(configMap(namespace, 'one')));
    assert.equal(refusal.code, 'forbidden');
    assert.equal(refusal.details.reason, 'QuotaExceeded');
    assert.match(refusal.message, /exceeded quota: none, requested: count\/configmaps=1, used: count\/configmaps=\d+, limited: /);
    assert.ok(wordsOf(refusal).endsWith(`(kubectl describe resourcequota none -n ${namespace})`), wordsOf(refusal));
  });

  it('a namespaced object without a namespace is invalid, with the field', async ({ cluster }) => {
    const homeless: KubernetesObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } };
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'one' };
    for (const attempt of [
      () => cluster.get(ref),
      () => cluster.create(homeless),
      () => cluster.apply(homeless, { fieldManager: manager }),
      () => cluster.patch(ref, { type: 'merge', value: {} }),
      () => cluster.delete(ref),
    ]) {
      await assert.rejects(attempt(), failure('invalid', { field: 'metadata.namespace' }));
    }
  });
}

/** A quota counts from a moment after it was made: until then it refuses with another sentence, or not at all. */
async function refusalOf(attempt: () => Promise<KubernetesObject>): Promise<BookendError> {
  for (let tries = 0; ; tries++) {
    try {
      const { metadata } = await attempt();
      assert.ok(tries < 50, `${metadata.name} was created in spite of the quota`);
    } catch (error) {
      if (isCode(error, 'forbidden') && error.message.includes('exceeded quota')) return error;
      if (tries >= 50 || !isCode(error, 'forbidden', 'already-exists')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
