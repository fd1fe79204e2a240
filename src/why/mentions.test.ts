import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KindInfo } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isMentioned, mentionsIn } from './mentions.ts';

const kind = (group: string, name: string, namespaced = false): KindInfo => ({
  ...{ group, version: 'v1', apiVersion: group === '' ? 'v1' : `${group}/v1`, kind: name, namespaced },
  ...{ resource: `${name.toLowerCase()}s`, verbs: ['list'], shortNames: [], subresources: [], categories: [] },
});
const kinds = [
  kind('rbac.authorization.k8s.io', 'ClusterRole'),
  kind('apps', 'Deployment', true),
  kind('ceph.example', 'BlockPool', true),
  kind('ceph.example', 'Filesystem', true),
  kind('policy', 'PodDisruptionBudget', true),
];
const from: KubernetesObject = {
  apiVersion: 'ceph.example/v1',
  kind: 'Cluster',
  metadata: { name: 'main', namespace: 'rook', uid: 'c' },
};

function isNamed(text: string, apiVersion: string, kindName: string, name: string, namespace?: string): boolean {
  const metadata = { name, uid: 'o', ...(namespace !== undefined && { namespace }) };
  return isMentioned({ apiVersion, kind: kindName, metadata }, mentionsIn(text, kinds), from);
}

describe('a text names an object', () => {
  test('by its kind and then its name, alone, in a list or behind a slash', () => {
    for (const text of [
      'still has BlockPool: [replicapool, other]',
      'waits for block pool "other"',
      'remove blockpools/other first',
      'Filesystem: [myfs], BlockPool: [other]',
    ])
      assert.ok(isNamed(text, 'ceph.example/v1', 'BlockPool', 'other', 'rook'), text);
  });

  test('by its name and then its kind', () =>
    assert.ok(isNamed('the other BlockPool is in use', 'ceph.example/v1', 'BlockPool', 'other', 'rook')));

  test('of one kind, where the words for another one stand elsewhere', () => {
    const text = 'Deployment crossplane waits: a ClusterRole does not exist. Ask crossplane.';
    assert.ok(!isNamed(text, 'rbac.authorization.k8s.io/v1', 'ClusterRole', 'crossplane'));
    assert.ok(isNamed(text, 'apps/v1', 'Deployment', 'crossplane', 'rook'));
    assert.ok(!isNamed('Filesystem: [myfs], BlockPool: [other]', 'ceph.example/v1', 'BlockPool', 'myfs', 'rook'));
  });

  test('by what the API server calls a budget, in a namespace that the text names', () => {
    const text = 'Pod shop/web-0: the disruption budget web needs 1 healthy pods';
    assert.ok(isNamed(text, 'policy/v1', 'PodDisruptionBudget', 'web', 'shop'));
    assert.ok(!isNamed(text, 'policy/v1', 'PodDisruptionBudget', 'web', 'ops'));
  });
});
