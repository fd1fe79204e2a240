import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describesPods } from './pod-schemas.ts';

function definition(spec: unknown) {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { versions: [{ name: 'v1', schema }] },
  };
}

test('A kind with fields of a Pod template describes Pods', () => {
  assert.ok(describesPods(definition({ properties: { tolerations: { type: 'array' } } })));
  const template = { properties: { spec: { properties: { containers: {} } } } };
  const workload = { properties: { spec: { properties: { template } } } };
  assert.ok(describesPods(definition({ properties: { deployment: workload } })));
  assert.ok(describesPods(definition({ properties: { pools: { type: 'array', items: { properties: { nodeSelector: {} } } } } })));
});

test('A kind without them does not', () => {
  assert.ok(!describesPods(definition({ properties: { username: { type: 'string' } } })));
  assert.ok(!describesPods(definition(undefined)));
});
