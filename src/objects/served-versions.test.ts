import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedVersions } from './served-versions.ts';

const definition = (versions: string[], stored: string, strategy = 'None', unserved: string[] = []) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'racks.example.org' },
  spec: {
    conversion: { strategy },
    versions: versions.map((name) => ({ name, served: !unserved.includes(name), storage: name === stored })),
  },
});

test('versions are read in the order of discovery, whatever the order in the definition', () => {
  const versions = ['v1alpha1', 'v1beta1', 'v1', 'v10', 'v2', 'foo', 'v2beta1'];
  assert.deepEqual(servedVersions(definition(versions, 'v1')), ['v10', 'v2', 'v1', 'v2beta1', 'v1beta1', 'v1alpha1', 'foo']);
  assert.deepEqual(servedVersions(definition(['v1', 'v2'], 'v1', 'None', ['v2'])), ['v1']);
});

test('with a conversion webhook the storage version comes first: nobody needs to convert it', () => {
  assert.deepEqual(servedVersions(definition(['v1', 'v2'], 'v1', 'Webhook')), ['v1', 'v2']);
  assert.deepEqual(servedVersions(definition(['v1', 'v2'], 'v2', 'Webhook')), ['v2', 'v1']);
  assert.deepEqual(servedVersions(definition(['v1', 'v2', 'v3'], 'v2', 'Webhook', ['v2'])), ['v3', 'v1']);
});
