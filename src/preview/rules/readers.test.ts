import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../../graph/world.ts';
import { hooksOf } from '../../knowledge/hooks.ts';
import { allows, changes, isHousekeeping, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import { hasToken } from '../../knowledge/tokens.ts';
import { kindWordRank } from '../../objects/kind-names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Resource } from './finalizer-servers.ts';
import { account, cluster, hook, hookJob, may, object } from './testing/pieces.ts';

describe('rights', () => {
  const right = (more: Partial<Right>): Right => ({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['pods'],
    resourceNames: [],
    nonResourceURLs: [],
    role: 'r' as Right['role'],
    field: 'rules[0]',
    binding: 'b' as Right['binding'],
    ...more,
  });

  test('come from bindings, through aggregated roles, and everything from cluster-admin', () => {
    const objects = [
      ...account('one', [may('get', '', 'pods')]),
      cluster('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'admin', {
        roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'User', name: 'system:serviceaccount:shop:two' }],
      }),
      cluster('rbac.authorization.k8s.io/v1', 'ClusterRole', 'whole', {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
      }),
      cluster(
        'rbac.authorization.k8s.io/v1',
        'ClusterRole',
        'part',
        { rules: [{ verbs: ['patch'], apiGroups: [''], resources: ['nodes'] }] },
        { labels: { a: 'b' } },
      ),
      cluster('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'whole', {
        roleRef: { kind: 'ClusterRole', name: 'whole' },
        subjects: [{ kind: 'ServiceAccount', name: 'three', namespace: 'shop' }],
      }),
    ];
    const rights = rightsByAccount(makeWorld(objects));
    assert.ok(allows(rights('shop/one'), { verb: 'get', group: '', resource: 'pods' }));
    assert.ok(!allows(rights('shop/one'), { verb: 'delete', group: '', resource: 'pods' }));
    assert.ok(allows(rights('shop/two'), { verb: 'delete', group: 'x', resource: 'y' }));
    assert.ok(allows(rights('shop/three'), { verb: 'patch', group: '', resource: 'nodes' }));
    assert.deepEqual(rights('shop/nobody'), []);
  });

  test('with names cover no list', () => {
    const rights = [right({ verbs: ['*'], resourceNames: ['a'] })];
    assert.ok(!allows(rights, { verb: 'list', group: '', resource: 'pods' }));
    assert.ok(allows(rights, { verb: 'delete', group: '', resource: 'pods', name: 'a' }));
    assert.ok(!allows(rights, { verb: 'delete', group: '', resource: 'pods', name: 'b' }));
  });

  test('of a RoleBinding hold in its namespace only', () => {
    const rights = [right({ namespace: 'shop' })];
    assert.ok(allows(rights, { verb: 'get', group: '', resource: 'pods', namespace: 'shop' }));
    assert.ok(!allows(rights, { verb: 'get', group: '', resource: 'pods', namespace: 'other' }));
    assert.ok(!allows(rights, { verb: 'get', group: '', resource: 'pods' }));
  });

  test('to elect a leader, write events and statuses are housekeeping; to patch nodes is not', () => {
    assert.ok(isHousekeeping(right({ apiGroups: ['coordination.k8s.io'], resources: ['leases'] })));
    assert.ok(isHousekeeping(right({ apiGroups: ['example.com'], resources: ['widgets/status', 'widgets/finalizers'] })));
    assert.ok(!isHousekeeping(right({ resources: ['nodes/status'] })));
    assert.ok(!isHousekeeping(right({ resources: ['nodes', 'events'] })));
    assert.ok(changes(right({ verbs: ['get', 'patch'] })) && !changes(right({ verbs: ['get', 'list'] })));
  });
});

describe('a token', () => {
  const world = (more: Record<string, unknown>) => makeWorld([object('v1', 'ServiceAccount', 'one', more)]);
  const projected = { volumes: [{ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] };

  test('is mounted unless the Pod, or else its account, says no', () => {
    assert.equal(hasToken({}, 'shop', 'one', world({})), true);
    assert.equal(hasToken({}, 'shop', 'one', world({ automountServiceAccountToken: false })), false);
    assert.equal(
      hasToken({ automountServiceAccountToken: true }, 'shop', 'one', world({ automountServiceAccountToken: false })),
      true,
    );
    assert.equal(hasToken({ automountServiceAccountToken: false }, 'shop', 'one', world({})), false);
  });

  test('can be projected by hand all the same', () =>
    assert.equal(hasToken({ automountServiceAccountToken: false, ...projected }, 'shop', 'one', world({})), true));
});

describe('hooks', () => {
  const order = (objects: readonly KubernetesObject[]) =>
    hooksOf(objects.map((each) => ({ object: each }))).map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`);

  test('run by weight, then name, then in the order in which kinds are installed', () => {
    const job = (name: string, weight: number) => hookJob(name, hook('pre-delete', { weight }), {});
    assert.deepEqual(
      order([job('b', 0), job('a', 0), object('v1', 'ServiceAccount', 'a', {}, hook('pre-delete', { weight: 0 })), job('c', -5)]),
      ['Job c', 'ServiceAccount a', 'Job a', 'Job b'],
    );
  });

  test('have policies with spaces after the comma, and one when none is written', () => {
    const [spaced] = hooksOf([
      {
        object: object('v1', 'ConfigMap', 'a', {}, hook('pre-delete, post-delete', { policies: 'hook-succeeded, hook-failed' })),
      },
    ]);
    assert.deepEqual(
      [spaced?.events, spaced?.policies],
      [
        ['pre-delete', 'post-delete'],
        ['hook-succeeded', 'hook-failed'],
      ],
    );
    const [plain] = hooksOf([{ object: object('v1', 'ConfigMap', 'a', {}, hook('pre-delete')) }]);
    assert.deepEqual(plain?.policies, ['before-hook-creation']);
  });
});

describe('a word on the command line of kubectl', () => {
  const widget: Resource = {
    group: 'example.com',
    resource: 'widgets',
    singular: 'widget',
    kind: 'Widget',
    shortNames: ['wg'],
    isClusterScoped: false,
  };
  test('means a resource by plural, singular, kind and short name, with its group or without', () => {
    for (const word of ['widgets', 'widget', 'Widget', 'wg', 'widgets.example.com', 'widgets.v1.example.com'])
      assert.ok(kindWordRank(widget, word) > 0, word);
    for (const word of ['widgets.other.com', 'gadgets']) assert.ok(!(kindWordRank(widget, word) > 0), word);
  });
});
