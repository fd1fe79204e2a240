import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from './object.ts';
import {
  type Attributes,
  aggregatingSelector,
  binds,
  covers,
  coversResource,
  isAggregated,
  type PolicyRule,
  rbacGroup,
  roleOf,
  rulesIn,
  subjectsIn,
} from './rbac.ts';
import { accountOfUser, accountsOfGroup, serviceAccountGroups, serviceAccountUser } from './service-accounts.ts';

const object = (kind: string, fields: object, metadata: object = {}): KubernetesObject => ({
  apiVersion: `${rbacGroup}/v1`,
  kind,
  metadata: { name: 'x', ...metadata },
  ...fields,
});

describe('the rules of a role', () => {
  const rule = (more: Partial<PolicyRule>): PolicyRule => ({
    verbs: ['get'],
    apiGroups: ['apps'],
    resources: ['deployments'],
    resourceNames: [],
    nonResourceURLs: [],
    ...more,
  });
  const asked: Attributes = { verb: 'get', group: 'apps', resource: 'deployments' };

  test('are read with what they leave out, and nothing is read from what is no rule', () => {
    const role = object('Role', { rules: [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments', 7] }, null] });
    const nothing = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
    assert.deepEqual(rulesIn(role), [rule({}), nothing]);
    assert.deepEqual(rulesIn(object('ClusterRole', { rules: 'all' })), []);
  });

  test('cover a request by verb, group and resource, each of which may be anything', () => {
    assert.ok(covers(rule({}), asked));
    assert.ok(covers(rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }), asked));
    for (const other of [{ verb: 'list' }, { group: '' }, { resource: 'daemonsets' }])
      assert.ok(!covers(rule({}), { ...asked, ...other }), JSON.stringify(other));
  });

  test('cover a subresource by its own name, as that of every resource or as anything, never as part of its resource', () => {
    const status = { ...asked, resource: 'deployments/status' };
    for (const resource of ['deployments/status', '*/status', '*'])
      assert.ok(covers(rule({ resources: [resource] }), status), resource);
    for (const resource of ['deployments', 'deployments/scale', '*/scale', 'deployments/*'])
      assert.ok(!covers(rule({ resources: [resource] }), status), resource);
    assert.ok(!covers(rule({ resources: ['*/status'] }), asked));
  });

  test('with names cover these objects, and nothing that is asked without a name', () => {
    const named = rule({ resourceNames: ['web'] });
    assert.ok(covers(named, { ...asked, name: 'web' }));
    assert.ok(!covers(named, { ...asked, name: 'other' }));
    assert.ok(!covers(named, asked));
    assert.ok(coversResource(named, asked), 'which is about that resource all the same');
  });
});

describe('a binding', () => {
  const binding = (subjects: unknown, fields: object = {}) =>
    object('RoleBinding', { subjects, ...fields }, { namespace: 'shop' });
  const account = { kind: 'ServiceAccount', name: 'agent' };

  test('grants a ClusterRole, or a Role of its own namespace', () => {
    const to = (kind: string) => roleOf(binding([], { roleRef: { kind, name: 'editor' } }));
    assert.deepEqual(to('ClusterRole'), { kind: 'ClusterRole', name: 'editor', id: `ClusterRole.${rbacGroup}/editor` });
    assert.deepEqual(to('Role'), { kind: 'Role', namespace: 'shop', name: 'editor', id: `Role.${rbacGroup}/shop/editor` });
    assert.equal(roleOf(binding([], { roleRef: { kind: 'Role' } })), undefined);
  });

  test('names an account by itself, by its user name, or by a group that it is in', () => {
    const user = (name: string) => ({ kind: 'User', name });
    const group = (name: string) => ({ kind: 'Group', name });
    const cases: [subject: object, accounts: object | undefined][] = [
      [account, { namespace: 'shop', name: 'agent' }],
      [
        { ...account, namespace: 'other' },
        { namespace: 'other', name: 'agent' },
      ],
      [user('system:serviceaccount:other:agent'), { namespace: 'other', name: 'agent' }],
      [user('jane'), undefined],
      [group('system:serviceaccounts:other'), { namespace: 'other' }],
      [group('system:serviceaccounts'), {}],
      [group('system:authenticated'), {}],
      [group('developers'), undefined],
    ];
    for (const [subject, accounts] of cases)
      assert.deepEqual(subjectsIn(binding([subject]))[0]?.accounts, accounts, JSON.stringify(subject));
  });

  test('says where each subject stands, past those that have no name', () => {
    const found = subjectsIn(binding([{ kind: 'User' }, 'nonsense', { kind: 'Group', name: 'developers' }]));
    assert.deepEqual(found, [{ field: 'subjects[2].name', name: 'developers', isGroup: true }]);
  });

  test('binds a user by name, by group, or as the account that he is', () => {
    const agent = { name: 'system:serviceaccount:shop:agent', groups: ['system:serviceaccounts', 'system:serviceaccounts:shop'] };
    const jane = { name: 'jane', groups: ['developers'] };
    const bound = (subject: object, who: typeof jane) => binds(binding([subject]), who);
    assert.ok(bound(account, agent) && !bound(account, jane));
    assert.ok(!bound({ ...account, namespace: 'other' }, agent));
    assert.ok(bound({ kind: 'User', name: agent.name }, agent));
    assert.ok(bound({ kind: 'User', name: 'jane' }, jane) && !bound({ kind: 'Group', name: 'jane' }, jane));
    assert.ok(bound({ kind: 'Group', name: 'developers' }, jane) && !bound({ kind: 'Group', name: 'developers' }, agent));
    assert.ok(!binds(binding(undefined), jane));
  });
});

describe('an aggregated ClusterRole', () => {
  const aggregate = (...clusterRoleSelectors: object[]) => object('ClusterRole', { aggregationRule: { clusterRoleSelectors } });

  test('is made of the roles that one of its selectors matches', () => {
    const role = aggregate({ matchLabels: { to: 'view' } }, { matchLabels: { to: 'edit' } });
    assert.ok(isAggregated(role));
    assert.equal(aggregatingSelector(role, object('ClusterRole', {}, { labels: { to: 'edit' } })), 1);
    assert.equal(aggregatingSelector(role, object('ClusterRole', {})), -1);
  });

  test('is none without a selector', () => assert.ok(!isAggregated(aggregate()) && !isAggregated(object('ClusterRole', {}))));
});

describe('a ServiceAccount', () => {
  test('has a user name that leads back to it', () => {
    assert.deepEqual(accountOfUser(serviceAccountUser('shop', 'agent')), { namespace: 'shop', name: 'agent' });
    for (const user of ['jane', 'system:node:one', 'system:serviceaccount:shop', 'system:serviceaccount:shop:a:b'])
      assert.equal(accountOfUser(user), undefined, user);
  });

  test('is in three groups, and each of them says whose it is', () =>
    assert.deepEqual(serviceAccountGroups('shop').map(accountsOfGroup), [{}, { namespace: 'shop' }, {}]));
});
