import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isManagerOfKubernetes, isNameless, isToolOfPeople, managedEntriesOf, pathsOfFields } from './managed-fields.ts';

describe('managed fields', () => {
  test('paths name keys of maps, entries of sets, and items of lists by their keys', () => {
    const fields = {
      'f:metadata': {
        'f:labels': { '.': {}, 'f:example.com/ready': {}, 'f:app': {} },
        'f:finalizers': { '.': {}, 'v:"example.com/cleanup"': {} },
      },
      'f:spec': { 'f:taints': {} },
      'f:webhooks': { 'k:{"name":"a.example"}': { 'f:clientConfig': { 'f:caBundle': {} } } },
    };
    assert.deepEqual(pathsOfFields(fields, 100), [
      'metadata.labels[example.com/ready]',
      'metadata.labels.app',
      'metadata.finalizers[example.com/cleanup]',
      'spec.taints',
      'webhooks[name=a.example].clientConfig.caBundle',
    ]);
  });

  test('the writer of an object decides neither how many paths are read nor how deep', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f:k${index}`, {}]));
    assert.equal(pathsOfFields({ 'f:data': many }, 10).length, 10);
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 10_000; depth++) deep = { 'f:a': deep };
    assert.deepEqual(pathsOfFields(deep, 10), []);
  });

  test('malformed entries say nothing', () => {
    const entries = managedEntriesOf({
      name: 'x',
      managedFields: [null, 'a', { manager: 1 }, { manager: 'a', subresource: 'status' }],
    });
    assert.deepEqual(entries, [{ manager: 'a', subresource: 'status', fields: undefined }]);
    assert.deepEqual(pathsOfFields('nothing', 10), []);
    assert.deepEqual(pathsOfFields({ 'f:list': { 'k:{broken': {} } }, 10), ['list[{broken]']);
  });

  test('tools of people, parts of Kubernetes, and names that stand for any program', () => {
    assert.ok(isToolOfPeople('kubectl-label') && isToolOfPeople('helm') && isToolOfPeople('unknown'));
    assert.ok(isNameless('Go-http-client') && !isNameless('kubectl-edit'));
    assert.ok(isManagerOfKubernetes('kubelet') && !isManagerOfKubernetes('node'));
    assert.ok(!isToolOfPeople('shop-operator'));
  });
});
