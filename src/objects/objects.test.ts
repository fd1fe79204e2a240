import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { append } from './append.ts';
import { conditionOf, isTrue } from './conditions.ts';
import type { KubernetesObject } from './object.ts';
import { controllerOf, indexByUid, ownedBy, ownsByUid } from './owners.ts';
import { podTemplateOf } from './pod-template.ts';
import { keepReason } from './policies.ts';
import { normalise, scopeOf } from './scopes.ts';
import { selects } from './selectors.ts';
import { problemsOf, validateObject } from './validate.ts';

const object = (apiVersion: string, kind: string, metadata: Record<string, unknown> = {}, rest = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', ...metadata },
  ...rest,
});

describe('Pod templates', () => {
  const spec = { containers: [] };
  const cases: [KubernetesObject, string | undefined][] = [
    [object('v1', 'Pod', {}, { spec }), 'spec'],
    [object('v1', 'ReplicationController', {}, { spec: { template: { spec } } }), 'spec.template.spec'],
    ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind): [KubernetesObject, string] => [
      object('apps/v1', kind, {}, { spec: { template: { spec } } }),
      'spec.template.spec',
    ]),
    [object('batch/v1', 'Job', {}, { spec: { template: { spec } } }), 'spec.template.spec'],
    [
      object('batch/v1', 'CronJob', {}, { spec: { jobTemplate: { spec: { template: { spec } } } } }),
      'spec.jobTemplate.spec.template.spec',
    ],
    [object('batch.example/v1', 'Job', {}, { spec: { template: { spec } } }), undefined],
    [object('apps/v1', 'Deployment', {}, { spec: 'nonsense' }), undefined],
  ];
  for (const [workload, path] of cases) {
    test(`that of ${workload.kind} of ${workload.apiVersion} is at ${path}`, () => {
      const template = podTemplateOf(workload);
      assert.equal(template?.specPath, path);
      if (template) assert.equal(template.spec, spec, 'the very object, not a copy');
    });
  }
});

describe('owners', () => {
  const owned = (uid: string, ...owners: string[]) => {
    const ownerReferences = owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'X',
      name: owner,
      uid: owner,
      controller: owner === 'b',
    }));
    return object('v1', 'X', { uid, ownerReferences });
  };

  test('chains are followed by UID, through circles and missing links', () => {
    const objects = [owned('a', 'b'), owned('b', 'c', 'a'), owned('d', 'gone')];
    const index = indexByUid(objects);
    const [a, , d] = objects as [KubernetesObject, KubernetesObject, KubernetesObject];
    assert.ok(ownedBy(index, a, 'c'));
    assert.ok(!ownedBy(index, a, 'root'));
    assert.ok(ownedBy(index, d, 'gone'));
    assert.ok(!ownedBy(index, d, 'c'));
    assert.ok(ownsByUid('b', a) && !ownsByUid('c', a));
    assert.equal(controllerOf(a)?.name, 'b');
    assert.equal(controllerOf(d), undefined);
  });
});

describe('scopes', () => {
  const crd = object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    {},
    { spec: { group: 'b.example', scope: 'Cluster', names: { kind: 'Limit' } } },
  );

  test('are known for built-in kinds and for kinds defined in the set', () => {
    assert.equal(scopeOf(object('rbac.authorization.k8s.io/v1', 'ClusterRole')), 'Cluster');
    assert.equal(scopeOf(object('apps/v1', 'Deployment')), 'Namespaced');
    assert.equal(scopeOf(object('gateway.networking.k8s.io/v1', 'Gateway')), undefined);
    assert.equal(scopeOf(object('b.example/v2', 'Limit'), [crd]), 'Cluster');
  });

  test('normalise fills namespaces in, takes them away, opens Lists and leaves unknown kinds alone', () => {
    const list = object(
      'v1',
      'List',
      { name: '' },
      { items: [object('v1', 'Secret'), object('v1', 'Namespace', { namespace: 'wrong' })] },
    );
    const typed = object('v1', 'ConfigMapList', { name: '' }, { items: [{ metadata: { name: 'c' } }] });
    const result = normalise(
      [list, typed, crd, object('b.example/v1', 'Limit', { namespace: 'wrong' }), object('c.example/v1', 'Other')],
      {
        defaultNamespace: 'a',
      },
    );
    assert.deepEqual(
      result.map(({ kind, metadata }) => [kind, metadata.namespace]),
      [
        ['Secret', 'a'],
        ['Namespace', undefined],
        ['ConfigMap', 'a'],
        ['CustomResourceDefinition', undefined],
        ['Limit', undefined],
        ['Other', undefined],
      ],
    );
    assert.deepEqual(
      normalise([object('c.example/v1', 'Other')], { defaultNamespace: 'a', scope: () => 'Namespaced' })[0]?.metadata.namespace,
      'a',
    );
  });

  test('normalise leaves empty fields of metadata out, as the API server does', () => {
    const empty = { annotations: null, labels: null, finalizers: null, ownerReferences: null };
    const [result] = normalise([object('v1', 'ConfigMap', { name: 'a', namespace: 'b', ...empty } as never)]);
    assert.deepEqual(result?.metadata, { name: 'a', namespace: 'b' });
  });

  test('normalise changes nothing of what it was given', () => {
    const given = Object.freeze(object('v1', 'Secret'));
    Object.freeze(given.metadata);
    assert.equal(normalise([given], { defaultNamespace: 'a' })[0]?.metadata.namespace, 'a');
    assert.equal(given.metadata.namespace, undefined);
  });

  test('a List whose template rendered no items has none', () => {
    for (const items of [null, undefined, []]) assert.deepEqual(normalise([object('v1', 'List', {}, { items })]), []);
  });

  test('a List item that is no object is refused with its place', () => {
    assert.throws(
      () => normalise([object('v1', 'List', { name: '' }, { items: [object('v1', 'Secret'), 5] })]),
      (error) => isCode(error, 'bad-input') && error.details.field === 'items[1]',
    );
  });
});

test('keep policies: Helm’s only with the value keep, ours only with "true"', () => {
  const annotated = (key: string, value: string) => keepReason(object('v1', 'Secret', { annotations: { [key]: value } }));
  assert.match(annotated('helm.sh/resource-policy', 'keep') ?? '', /keep/);
  assert.match(annotated('helm.sh/resource-policy', ' Keep') ?? '', /keep/);
  assert.equal(annotated('helm.sh/resource-policy', 'delete'), undefined);
  assert.match(annotated('bookend.dev/keep', 'true') ?? '', /bookend\.dev\/keep/);
  assert.equal(annotated('bookend.dev/keep', 'yes'), undefined);
});

test('label selectors match as the API machinery matches them', () => {
  const labels = { app: 'a', tier: 'web' };
  const expression = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });
  assert.ok(selects({}, labels));
  assert.ok(!selects(undefined, labels));
  assert.ok(selects({ matchLabels: { app: 'a' } }, labels));
  assert.ok(!selects({ matchLabels: { app: 'b' } }, labels));
  assert.ok(selects(expression('app', 'In', 'a', 'b'), labels));
  assert.ok(!selects(expression('app', 'NotIn', 'a'), labels));
  assert.ok(selects(expression('none', 'NotIn', 'a'), labels));
  assert.ok(selects(expression('app', 'Exists'), labels));
  assert.ok(selects(expression('none', 'DoesNotExist'), labels));
  assert.ok(!selects(expression('app', 'Like', 'a'), labels));
});

describe('checks of a single object', () => {
  const fields = (candidate: unknown) =>
    problemsOf(candidate, 'spec.components[0].objects[1]').map(({ field }) => field.replace('spec.components[0].objects[1]', ''));

  test('a sound object has no problems', () => {
    assert.deepEqual(fields(object('v1', 'ConfigMap', { namespace: 'a', labels: { a: 'b' }, creationTimestamp: null })), []);
    assert.deepEqual(fields(object('rbac.authorization.k8s.io/v1', 'ClusterRole', { name: 'system:x:Y' })), []);
  });

  const cases: [string, unknown, string[]][] = [
    ['no object', 5, ['']],
    ['nothing in it', {}, ['.apiVersion', '.kind', '.metadata']],
    ['a kind in lower case', object('v1', 'configmap'), ['.kind']],
    ['a version that is none', object('apps', 'Deployment'), ['.apiVersion']],
    ['no name', { apiVersion: 'v1', kind: 'Secret', metadata: {} }, ['.metadata.name']],
    ['a generated name', { apiVersion: 'v1', kind: 'Secret', metadata: { generateName: 'x-' } }, ['.metadata.generateName']],
    ['a name that is none', object('v1', 'ConfigMap', { name: 'A_b' }), ['.metadata.name']],
    ['a dot in a Service’s name', object('v1', 'Service', { name: 'a.b' }), ['.metadata.name']],
    ['a slash in a role’s name', object('rbac.authorization.k8s.io/v1', 'Role', { name: 'a/b' }), ['.metadata.name']],
    ['a namespace that is none', object('v1', 'Secret', { namespace: 'a.b' }), ['.metadata.namespace']],
    [
      'what only the API server sets',
      object('v1', 'Secret', { uid: '1', resourceVersion: '2' }),
      ['.metadata.uid', '.metadata.resourceVersion'],
    ],
    ['an annotation without quotes', object('v1', 'Secret', { annotations: { a: true } }), ['.metadata.annotations[a]']],
    ['a List', object('v1', 'ConfigMapList', {}, { items: [] }), ['.kind']],
  ];
  for (const [name, candidate, expected] of cases) {
    test(`${name} is named with its field`, () => assert.deepEqual(fields(candidate), expected));
  }

  test('validateObject throws all of it, with the field of the first', () => {
    assert.throws(
      () => validateObject(object('v1', 'Secret', { uid: '1', namespace: 'A' }), 'objects[0]'),
      (error) =>
        isCode(error, 'bad-input') &&
        error.details.field === 'objects[0].metadata.namespace' &&
        /objects\[0\]\.metadata\.namespace: .*; objects\[0\]\.metadata\.uid: /.test(error.message),
    );
  });
});

describe('conditions', () => {
  const conditions = ['nonsense', { type: 'Failed', status: 'False', message: 'none' }, { type: 'Complete', status: 'True' }];
  const job = object('batch/v1', 'Job', {}, { status: { conditions } });

  test('are found by type, whatever their status', () => {
    assert.equal(conditionOf(job, 'Failed')?.message, 'none');
    assert.equal(conditionOf(job, 'Suspended'), undefined);
    assert.equal(conditionOf(object('batch/v1', 'Job'), 'Complete'), undefined);
  });

  test('hold when they are there and true', () =>
    assert.deepEqual(
      ['Complete', 'Failed', 'Suspended'].map((type) => isTrue(job, type)),
      [true, false, false],
    ));
});

test('a list by key is begun with its first entry', () => {
  const lists = new Map<string, number[]>();
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ] as const)
    append(lists, key, value);
  assert.deepEqual(
    [...lists],
    [
      ['a', [1, 3]],
      ['b', [2]],
    ],
  );
});
