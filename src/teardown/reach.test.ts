import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { builtInReach, joined } from './reach.ts';

const ref = (apiVersion: string, kind: string, namespace?: string) => ({
  apiVersion,
  kind,
  name: 'x',
  ...(namespace && { namespace }),
});
const kindsOf = (kinds: { kind: string }[]) => kinds.map(({ kind }) => kind);

describe('builtInReach', () => {
  test('looks for Pods in every namespace of an object, and nowhere else', () => {
    const reach = builtInReach([ref('apps/v1', 'DaemonSet', 'b'), ref('v1', 'ConfigMap', 'a'), ref('v1', 'Namespace')]);
    assert.deepEqual(reach.namespaces, ['a', 'b']);
    assert.deepEqual(kindsOf(reach.watched), ['Pod']);
  });

  test('looks for what Deployments and CronJobs put between themselves and their Pods', () => {
    const reach = builtInReach([ref('apps/v1', 'Deployment', 'a'), ref('batch/v1', 'CronJob', 'a')]);
    assert.deepEqual(kindsOf(reach.watched), ['Pod', 'ReplicaSet', 'Job']);
  });

  test('reads the ControllerRevisions of DaemonSets and StatefulSets, but does not watch them', () => {
    const reach = builtInReach([ref('apps/v1', 'StatefulSet', 'a')]);
    assert.deepEqual(kindsOf(reach.watched), ['Pod']);
    assert.deepEqual(kindsOf(reach.confirmed), ['Pod', 'ControllerRevision']);
  });

  test('a namespaced custom resource may have made every kind of workload in its namespace', () => {
    const reach = builtInReach([ref('example.dev/v1', 'Widget', 'a')]);
    assert.deepEqual(reach.namespaces, ['a']);
    assert.ok(kindsOf(reach.watched).includes('DaemonSet'));
  });

  test('a cluster-scoped custom resource may have children in every namespace', () => {
    assert.deepEqual(builtInReach([ref('example.dev/v1', 'Widget'), ref('v1', 'Secret', 'a')]).namespaces, [undefined]);
  });

  test('a CustomResourceDefinition alone makes nothing', () => {
    assert.deepEqual(builtInReach([ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition')]).namespaces, []);
  });
});

test('joined reaches as far as either, each kind and namespace once', () => {
  const one = builtInReach([ref('apps/v1', 'Deployment', 'b')]);
  const other = { ...builtInReach([ref('apps/v1', 'DaemonSet', 'a'), ref('v1', 'Secret', 'b')]), notSeen: ['x'] };
  const both = joined(one, other);
  assert.deepEqual(both.namespaces, ['a', 'b']);
  assert.deepEqual(kindsOf(both.watched), ['Pod', 'ReplicaSet']);
  assert.deepEqual(
    kindsOf(both.confirmed),
    ['Pod', 'ReplicaSet'],
    'a kind that may not be listed, and was left out for that, stays out',
  );
  assert.deepEqual(kindsOf(joined(other, one).confirmed), ['Pod', 'ControllerRevision', 'ReplicaSet']);
  assert.deepEqual(both.notSeen, ['x']);
  assert.deepEqual(joined(both, { ...one, namespaces: [undefined] }).namespaces, [undefined]);
});
