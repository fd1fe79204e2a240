import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inInstallOrder, inUninstallOrder } from './helm-order.ts';

const given = (...kinds: string[]) =>
  kinds.map((kind, index) => ({ object: { apiVersion: 'v1', kind, metadata: { name: `${index}` } } }));
const kindsOf = (sorted: { object: { kind: string; metadata: { name: string } } }[]) => sorted.map(({ object }) => object.kind);

describe('the order in which Helm deletes', () => {
  const kinds = [
    'ServiceAccount',
    'Widget',
    'ValidatingWebhookConfiguration',
    'CustomResourceDefinition',
    'Deployment',
    'ClusterRole',
    'VMAgent',
    'Service',
    'APIService',
    'MutatingWebhookConfiguration',
    'Namespace',
  ];

  test('of version 4 begins with webhook configurations and ends with unknown kinds', () => {
    assert.deepEqual(kindsOf(inUninstallOrder(given(...kinds), 4)), [
      'ValidatingWebhookConfiguration',
      'MutatingWebhookConfiguration',
      'APIService',
      'Service',
      'Deployment',
      'ClusterRole',
      'CustomResourceDefinition',
      'ServiceAccount',
      'Namespace',
      'VMAgent',
      'Widget',
    ]);
  });

  test('of version 3 has webhook configurations among the unknown kinds, by the bytes of their names', () => {
    assert.deepEqual(kindsOf(inUninstallOrder(given(...kinds), 3)).slice(-5), [
      'Namespace',
      'MutatingWebhookConfiguration',
      'VMAgent',
      'ValidatingWebhookConfiguration',
      'Widget',
    ]);
  });

  test('keeps objects of one kind as they stand in the manifest', () => {
    const sorted = inUninstallOrder(given('Secret', 'ConfigMap', 'Secret', 'ConfigMap'), 4);
    assert.deepEqual(
      sorted.map(({ object }) => object.metadata.name),
      ['1', '3', '0', '2'],
    );
  });

  test('gives a custom resource of a built-in kind name the place of that kind', () => {
    assert.deepEqual(kindsOf(inUninstallOrder(given('Widget', 'ClusterRole', 'Job'), 4)), ['Job', 'ClusterRole', 'Widget']);
  });
});

test('hooks are stored in the order of installation', () => {
  assert.deepEqual(kindsOf(inInstallOrder(given('Job', 'RoleBinding', 'Role', 'ServiceAccount'))), [
    'ServiceAccount',
    'Role',
    'RoleBinding',
    'Job',
  ]);
});
