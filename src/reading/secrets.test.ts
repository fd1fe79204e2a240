import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { slim, withoutSecretValues } from './secrets.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const secret: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: { name: 'a', annotations: { [lastApplied]: '{"data":{"key":"aHVudGVyMg=="}}', kept: 'yes' } },
  data: { key: 'aHVudGVyMg==' },
  stringData: { other: 'hunter2' },
};

describe('what is carried of an object', () => {
  test('of a Secret the keys, and nothing that repeats the values', () => {
    for (const carried of [withoutSecretValues(secret), slim(secret)]) {
      assert.deepEqual(carried.data, { key: '' });
      assert.deepEqual(carried.stringData, { other: '' });
      assert.deepEqual(carried.metadata.annotations, { kept: 'yes' });
      assert.equal(carried.type, 'Opaque');
    }
    assert.deepEqual(secret.data, { key: 'aHVudGVyMg==' }, 'the object itself is left as it is');
  });

  test('of another kind that is called Secret everything', () => {
    const other = { ...secret, apiVersion: 'example.com/v1' };
    assert.deepEqual(withoutSecretValues(other).data, secret.data);
  });

  test('of a ConfigMap no data, of a Node no images, of a definition no schema', () => {
    assert.equal(slim({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 'b' } }).data, undefined);
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      status: { images: [{ names: ['x'] }], nodeInfo: { kubeletVersion: 'v1' } },
    };
    assert.deepEqual(slim(node).status, { images: [], nodeInfo: { kubeletVersion: 'v1' } });
    const version = { name: 'v1', served: true, schema: { openAPIV3Schema: { type: 'object', required: ['spec'] } } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'd' },
      spec: { group: 'example.com', versions: [version] },
    };
    assert.deepEqual(slim(definition).spec, {
      group: 'example.com',
      versions: [{ ...version, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    });
  });

  test('of field managers who they are and which finalizers they have set', () => {
    const finalizers = { 'f:finalizers': { 'v:"example.com/x"': {} } };
    const managedFields = [
      { manager: 'runner', operation: 'Update', fieldsV1: { 'f:metadata': { ...finalizers, 'f:labels': {} }, 'f:spec': {} } },
    ];
    const slimmed = slim({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', managedFields } });
    assert.deepEqual(slimmed.metadata.managedFields, [
      { manager: 'runner', operation: 'Update', fieldsV1: { 'f:metadata': finalizers } },
    ]);
  });
});
