import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { fingerprint } from './fingerprint.ts';

const base: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', resourceVersion: '1', generation: 1, labels: { x: '1' } },
  data: { a: '1', b: '2' },
};

test('status, resourceVersion, managed fields and the order of keys do not matter', () => {
  const other = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    data: { b: '2', a: '1' },
    status: { seen: true },
    metadata: { labels: { x: '1' }, name: 'a', resourceVersion: '9', generation: 4, managedFields: [] },
  };
  assert.equal(fingerprint(other), fingerprint(base));
});

test('everything else does', () => {
  assert.notEqual(fingerprint({ ...base, data: { a: '1', b: '3' } }), fingerprint(base));
  assert.notEqual(fingerprint({ ...base, metadata: { ...base.metadata, labels: {} } }), fingerprint(base));
});
