import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import { serviceAccountUser } from '../../../objects/service-accounts.ts';
import { serviceAccount } from '../index.ts';
import { access, global, home, homeCluster, inHome, object, ref } from '../testing/samples.ts';

const rbac = 'rbac.authorization.k8s.io';
const group = `${rbac}/v1`;

async function cluster(...objects: KubernetesObject[]) {
  const simulated = await homeCluster({}, ...objects);
  const agent = simulated.cluster.as({ user: serviceAccountUser(home, 'agent') });
  return { ...simulated, agent };
}

const role = (name: string, rules: object[]) => inHome(group, 'Role', name, { rules });
const binding = (name: string, roleName: string, subject: object, kind = 'Role') =>
  inHome(group, 'RoleBinding', name, { roleRef: { apiGroup: rbac, kind, name: roleName }, subjects: [subject] });

describe('RBAC', () => {
  test('refuses in the words of the API server', async () => {
    const { agent } = await cluster();
    await assert.rejects(agent.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: home }), {
      message:
        'deployments.apps is forbidden: User "system:serviceaccount:home:agent" cannot list resource "deployments" in API group "apps" in the namespace "home"',
    });
    await assert.rejects(agent.get({ apiVersion: 'v1', kind: 'Node', name: 'node-1' }), {
      message:
        'nodes "node-1" is forbidden: User "system:serviceaccount:home:agent" cannot get resource "nodes" in API group "" at the cluster scope',
    });
  });

  test('grants to users, groups and accounts, in one namespace by a RoleBinding to a ClusterRole', async () => {
    const { port } = await cluster(
      global(group, 'ClusterRole', 'reader', { rules: [{ apiGroups: ['*'], resources: ['configmaps'], verbs: ['*'] }] }),
      binding('user', 'reader', { kind: 'User', apiGroup: rbac, name: 'jane' }, 'ClusterRole'),
      binding('group', 'reader', { kind: 'Group', apiGroup: rbac, name: `system:serviceaccounts:${home}` }, 'ClusterRole'),
    );
    const query = { apiVersion: 'v1', kind: 'ConfigMap', namespace: home };
    for (const user of ['jane', serviceAccountUser(home, 'anybody')]) {
      await port.as({ user }).list(query);
      await assert.rejects(port.as({ user }).list({ ...query, namespace: 'default' }), { code: 'forbidden' });
    }
    await assert.rejects(port.as({ user: serviceAccountUser('default', 'anybody') }).list(query), { code: 'forbidden' });
  });

  test('resourceNames grant one object and no list; subresources are rights of their own', async () => {
    const { port, agent } = await cluster(
      inHome('v1', 'ConfigMap', 'mine'),
      role('narrow', [
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
      ]),
      binding('narrow', 'narrow', { kind: 'ServiceAccount', name: 'agent', namespace: home }),
      inHome('v1', 'Pod', 'one', { spec: { containers: [{ name: 'a' }] } }),
    );
    await agent.get(ref('v1', 'ConfigMap', 'mine'));
    await assert.rejects(agent.get(ref('v1', 'ConfigMap', 'other')), { code: 'forbidden' });
    await assert.rejects(agent.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: home }), { code: 'forbidden' });
    const patch = { type: 'merge', value: { status: { message: 'hello' } } } as const;
    await agent.patch(ref('v1', 'Pod', 'one'), patch, { subresource: 'status' });
    await assert.rejects(agent.patch(ref('v1', 'Pod', 'one'), patch), { code: 'forbidden' });
    assert.ok(port);
  });

  test('a name limits `create` for what is applied, and lists of that name; the name of what is posted is not looked at', async () => {
    const verbs = ['create', 'patch', 'list'];
    const { agent } = await cluster(
      role('narrow', [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs }]),
      binding('narrow', 'narrow', { kind: 'ServiceAccount', name: 'agent', namespace: home }),
    );
    await assert.rejects(agent.create(inHome('v1', 'Secret', 'mine')), { code: 'forbidden' });
    await assert.rejects(agent.apply(inHome('v1', 'Secret', 'other'), { fieldManager: 'test' }), { code: 'forbidden' });
    assert.equal((await agent.apply(inHome('v1', 'Secret', 'mine'), { fieldManager: 'test' })).created, true);
    const secrets = { apiVersion: 'v1', kind: 'Secret', namespace: home };
    assert.equal((await agent.list({ ...secrets, fieldSelector: 'metadata.name=mine' })).items.length, 1);
    await assert.rejects(agent.list({ ...secrets, fieldSelector: 'metadata.name=other' }), { code: 'forbidden' });
    await assert.rejects(agent.list(secrets), { code: 'forbidden' });
  });

  test('a terminating role and binding grant until they are really gone', async () => {
    const { port, agent } = await cluster(...access('agent', [['get'], ['nodes']]));
    const node = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      const held = { apiVersion: group, kind, name: 'agent' };
      await port.patch(held, { type: 'merge', value: { metadata: { finalizers: ['example.com/hold'] } } });
      assert.equal(await port.delete(held), 'terminating');
    }
    await agent.get(node);
    const held = { apiVersion: group, kind: 'ClusterRole', name: 'agent' };
    await port.patch(held, { type: 'merge', value: { metadata: { finalizers: null } } });
    await assert.rejects(agent.get(node), { code: 'forbidden' });
  });

  test('aggregated ClusterRoles gather the rules of those that they select', async () => {
    const { port } = await cluster(
      object(
        group,
        'ClusterRole',
        { name: 'widgets-view', labels: { [`${rbac}/aggregate-to-view`]: 'true' } },
        {
          rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }],
        },
      ),
      binding('view', 'view', { kind: 'User', apiGroup: rbac, name: 'jane' }, 'ClusterRole'),
    );
    const may = (resource: string, apiGroup: string, verb = 'get') =>
      port
        .create(
          global('authorization.k8s.io/v1', 'SubjectAccessReview', '', {
            spec: { user: 'jane', resourceAttributes: { verb, group: apiGroup, resource, namespace: home } },
          }),
        )
        .then(({ status }) => (status as { allowed: boolean }).allowed);
    assert.equal(await may('widgets', 'example.com'), true);
    assert.equal(await may('pods', ''), true);
    assert.equal(await may('secrets', ''), false);
    assert.equal(await may('pods', '', 'delete'), false);
  });

  test('access reviews are answered for the asker and stored nowhere', async () => {
    const { agent, requests, server } = await cluster();
    const before = server.store.revision;
    const { status } = await agent.create(
      global('authorization.k8s.io/v1', 'SelfSubjectAccessReview', '', {
        spec: { resourceAttributes: { verb: 'get', resource: 'nodes' } },
      }),
    );
    assert.deepEqual(status, { allowed: false, reason: 'no RBAC policy matched' });
    assert.equal(server.store.revision, before);
    assert.equal(requests.at(-1)?.write, undefined);
  });

  test('nobody hands out more than he has', async () => {
    const { agent } = await cluster(
      role('deployer', [
        { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: ['create'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
      ]),
      binding('deployer', 'deployer', { kind: 'ServiceAccount', name: 'agent', namespace: home }),
      role('strong', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
    );
    const me = { kind: 'ServiceAccount', name: 'agent', namespace: home };
    await agent.create(role('weak', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]));
    await agent.create(binding('weak', 'weak', me));
    await assert.rejects(
      agent.create(role('more', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'delete'] }])),
      /attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["configmaps"\], Verbs:\["delete"\]\}/,
    );
    await assert.rejects(agent.create(binding('strong', 'strong', me)), /not currently held/);
    await assert.rejects(agent.create(binding('nothing', 'nothing', me)), { code: 'not-found' });
  });

  test('impersonation is a right as well', async () => {
    const one = inHome('v1', 'ConfigMap', 'one');
    const simulated = await cluster(...access('operator', [['impersonate'], ['serviceaccounts']]), one);
    const { cluster: port } = simulated.connect(serviceAccount(home, 'operator'));
    const agent = port.as({ user: serviceAccountUser(home, 'agent') });
    await assert.rejects(agent.get(ref('v1', 'ConfigMap', 'one')), /User "system:serviceaccount:home:agent" cannot get/);
    await assert.rejects(port.as({ user: 'jane' }).get(ref('v1', 'ConfigMap', 'one')), /cannot impersonate resource "users"/);
    await assert.rejects(
      port.as({ user: serviceAccountUser(home, 'agent'), groups: ['system:masters'] }).get(ref('v1', 'ConfigMap', 'one')),
      /cannot impersonate resource "groups"/,
    );
  });
});
