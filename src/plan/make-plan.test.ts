import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
const account: KubernetesObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'agent', namespace: 'a' } };
const role: KubernetesObject = { apiVersion: rbac, kind: 'ClusterRole', metadata: { name: 'agent' }, rules: [] };
const binding: KubernetesObject = {
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'agent' },
  roleRef: { kind: 'ClusterRole', name: 'agent' },
  subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'a' }],
};
const agent: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent', namespace: 'a' },
  spec: { template: { spec: { serviceAccountName: 'agent', containers: [] } } },
};
const all = [namespace, account, role, binding, agent];
const afterOf = (plan: Plan, object: KubernetesObject) => plan.steps.find(({ id }) => id === idOf(object))?.after;

describe('makePlan', () => {
  test('an agent goes before its account and binding, the binding before its role, all before the Namespace', () => {
    const plan = makePlan(buildGraph({ objects: all }));
    assert.deepEqual(
      plan.steps.map(({ id }) => id),
      [
        'DaemonSet.apps/a/agent',
        'ClusterRoleBinding.rbac.authorization.k8s.io/agent',
        'ClusterRole.rbac.authorization.k8s.io/agent',
        'ServiceAccount/a/agent',
        'Namespace/a',
      ],
    );
    assert.deepEqual(afterOf(plan, namespace), ['ServiceAccount/a/agent'], 'the DaemonSet is implied by its account');
    assert.deepEqual(afterOf(plan, role), [idOf(binding)]);
  });

  test('a kept object keeps what it needs, and nothing waits for it', () => {
    const kept = { ...account, metadata: { ...account.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } } };
    const plan = makePlan(buildGraph({ objects: [namespace, kept, agent] }));
    const byId = new Map(plan.steps.map((step) => [step.id, step]));
    assert.equal(byId.get(idOf(agent))?.mode, 'delete');
    assert.equal(byId.get(idOf(kept))?.mode, 'keep');
    assert.equal(byId.get(idOf(namespace))?.mode, 'keep');
    assert.match(
      byId.get(idOf(namespace))?.reason ?? '',
      /ServiceAccount a\/agent is kept \(annotation helm\.sh\/resource-policy: keep\)/,
    );
    assert.deepEqual(byId.get(idOf(namespace))?.after, []);
  });

  test('a component waits for those that depend on it, through one barrier', () => {
    const components = [
      { name: 'access', dependsOn: [], objects: [idOf(role), idOf(binding)] },
      { name: 'other', dependsOn: ['access'], objects: [idOf(namespace)] },
    ];
    const plan = makePlan(buildGraph({ objects: [namespace, role, binding], components }));
    assert.deepEqual(
      plan.steps.map(({ id, mode, after }) => ({ id, mode, after })),
      [
        { id: 'Namespace/a', mode: 'delete', after: [] },
        { id: 'Component.bookend.dev/other', mode: 'barrier', after: ['Namespace/a'] },
        { id: idOf(binding), mode: 'delete', after: ['Component.bookend.dev/other'] },
        { id: idOf(role), mode: 'delete', after: [idOf(binding)] },
      ],
    );
  });

  test('a circle is refused with each edge and its evidence, dependsOn included', () => {
    const components = [
      { name: 'access', dependsOn: ['agent'], objects: [idOf(account)] },
      { name: 'agent', dependsOn: [], objects: [idOf(agent)] },
    ];
    assert.throws(
      () => makePlan(buildGraph({ objects: [account, agent], components })),
      (error) => {
        assert.ok(isCode(error, 'cycle'));
        assert.equal(
          error.message,
          [
            'The objects need each other in a cycle:',
            '  component access needs component agent (dependsOn: spec.components[0].dependsOn[0] = agent), which DaemonSet a/agent is in',
            '  DaemonSet a/agent needs ServiceAccount a/agent (service-account: spec.template.spec.serviceAccountName = agent)',
            '  ServiceAccount a/agent is in component access',
          ].join('\n'),
        );
        assert.equal(error.details.field, 'spec.components[0].dependsOn[0]');
        return true;
      },
    );
  });
});
