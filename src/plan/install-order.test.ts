import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildGraph } from '../graph/build.ts';
import { crd, deployment, service } from '../graph/testing/samples.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { installOrder } from './install-order.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const conversion = { strategy: 'Webhook', webhook: { clientConfig: { service: { name: 'operator', namespace: 'a' } } } };
const definition = crd('widgets', 'Widget', { conversion });
const operator = deployment('operator', 'a', 'operator', { app: 'operator' });
const front = service('operator', 'a', { app: 'operator' });
const widget: KubernetesObject = { apiVersion: 'samples.example/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'a' } };
const role: KubernetesObject = {
  apiVersion: rbac,
  kind: 'ClusterRole',
  metadata: { name: 'operator' },
  rules: [{ apiGroups: ['samples.example'], resources: ['widgets'], verbs: ['*'] }],
};
const binding: KubernetesObject = {
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'operator' },
  roleRef: { kind: 'ClusterRole', name: 'operator' },
  subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'a' }],
};
const all = [widget, operator, front, definition, role, binding];

describe('installOrder', () => {
  test('an operator waits for its CustomResourceDefinition, and custom resources wait for both', () => {
    const order = installOrder(buildGraph({ objects: all }));
    assert.deepEqual(order.get(idOf(definition)), []);
    assert.ok(order.get(idOf(operator))?.includes(idOf(definition)));
    assert.ok(order.get(idOf(operator))?.includes(idOf(binding)));
    const needs = order.get(idOf(widget)) ?? [];
    assert.ok(needs.includes(idOf(operator)) && needs.includes(idOf(definition)));
    const sequence = [...order.keys()];
    for (const [id, dependencies] of order) {
      for (const before of dependencies) assert.ok(sequence.indexOf(before) < sequence.indexOf(id), `${before} before ${id}`);
    }
  });

  test('a dependsOn from the definitions to the operator is obeyed', () => {
    const components = [
      { name: 'operator', dependsOn: [], objects: [operator, front, role, binding].map(idOf) },
      { name: 'kinds', dependsOn: ['operator'], objects: [definition, widget].map(idOf) },
    ];
    const order = installOrder(buildGraph({ objects: all, components }));
    const sequence = [...order.keys()];
    assert.equal(order.size, all.length + 1);
    assert.ok(sequence.indexOf(idOf(operator)) < sequence.indexOf(idOf(definition)));
    assert.deepEqual(order.get(idOf(definition)), ['Component.bookend.dev/kinds']);
  });

  test('a component without objects passes on what it depends on', () => {
    const components = [
      { name: 'base', dependsOn: [], objects: [idOf(front)] },
      { name: 'nothing', dependsOn: ['base'], objects: [] },
      { name: 'top', dependsOn: ['nothing'], objects: [idOf(role)] },
    ];
    const order = installOrder(buildGraph({ objects: [front, role], components }));
    assert.deepEqual(order.get(idOf(role)), ['Component.bookend.dev/top']);
    assert.deepEqual(order.get('Component.bookend.dev/top' as ObjectId), [idOf(front)]);
  });

  test('kept objects have their place in it', () => {
    const kept = { ...widget, metadata: { ...widget.metadata, annotations: { 'bookend.dev/keep': 'true' } } };
    const order = installOrder(buildGraph({ objects: [kept, operator, front, definition, role, binding] }));
    assert.ok(order.get(idOf(kept))?.includes(idOf(operator)));
  });
});
