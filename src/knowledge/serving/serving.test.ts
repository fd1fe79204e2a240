import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Server } from './server.ts';
import { servingOf } from './serving.ts';

const rbac = 'rbac.authorization.k8s.io';

type OperatorOptions = {
  namespace?: string;
  image?: string;
  labels?: Record<string, string>;
  command?: string;
  account?: string;
};

function operator(name: string, options: OperatorOptions = {}): KubernetesObject {
  const { namespace = 'ops', image = 'example.com/thing:1', labels = {}, command, account = name } = options;
  const containers = [{ name: 'main', image, ...(command && { command: [command] }) }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels, uid: `uid-${name}` },
    spec: { template: { metadata: { labels }, spec: { serviceAccountName: account, containers } } },
  };
}

function rights(account: string, rules: unknown[], namespace = 'ops'): KubernetesObject[] {
  return [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: account }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: account },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: account },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    },
  ];
}

function definition(group: string, kind: string, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...metadata },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [{ name: 'v1', served: true, storage: true }] },
  };
}

function custom(group: string, kind: string, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return { apiVersion: `${group}/v1`, kind, metadata: { name: 'one', namespace: 'shop', ...metadata } };
}

const rule = (group: string, resources: string[], ...verbs: string[]) => ({ apiGroups: [group], resources, verbs });
const brief = (servers: readonly Server[] | 'kubernetes') =>
  servers === 'kubernetes' ? servers : servers.map(({ workload, confidence }) => `${workload} ${confidence}`);

const group = 'acme.example';
const widgets = definition(group, 'Widget');
const widget = custom(group, 'Widget', { finalizers: [`${group}/cleanup`] });

describe('who serves a kind', () => {
  test('whoever may write its status or finalizers is likely its controller, with the fields that say so', () => {
    const serving = servingOf([
      widgets,
      operator('runner'),
      ...rights('runner', [rule(group, ['widgets'], 'get', 'list', 'watch'), rule(group, ['widgets/finalizers'], 'update')]),
    ]);
    const [server, ...others] = serving.controllersOf(group, 'Widget');
    assert.equal(others.length, 0);
    assert.equal(server?.confidence, 'likely');
    assert.deepEqual(
      server?.evidence.map(({ object, field, value, says }) => ({ object, field, value, says })),
      [
        {
          object: 'ClusterRole runner',
          field: 'rules[1].resources[0]',
          value: 'widgets/finalizers',
          says: 'allows to update widgets/finalizers of acme.example',
        },
        {
          object: 'ClusterRoleBinding runner',
          field: 'subjects[0].name',
          value: 'runner',
          says: 'binds the role to this account',
        },
        {
          object: 'Deployment ops/runner',
          field: 'spec.template.spec.serviceAccountName',
          value: 'runner',
          says: 'runs as this account',
        },
      ],
    );
  });

  test('an annotation is certain, and nothing else is looked for', () => {
    const annotated = definition(group, 'Widget', { annotations: { 'bookend.dev/controller': 'Deployment.apps/ops/runner' } });
    const serving = servingOf([annotated, operator('runner'), operator('acme'), ...rights('acme', [rule(group, ['*'], '*')])]);
    assert.deepEqual(brief(serving.controllersOf(group, 'Widget')), ['Deployment.apps/ops/runner certain']);
  });

  test('who only watches or creates serves nothing', () => {
    const serving = servingOf([
      widgets,
      operator('dashboard'),
      ...rights('dashboard', [rule(group, ['widgets'], 'get', 'list', 'watch', 'create', 'delete')]),
    ]);
    assert.deepEqual(serving.controllersOf(group, 'Widget'), []);
  });

  test('a right to write makes nobody the controller without a name that is alike', () => {
    const write = [rule(group, ['widgets'], 'get', 'update')];
    const other = servingOf([widgets, operator('deployer'), ...rights('deployer', write)]);
    assert.deepEqual(other.controllersOf(group, 'Widget'), []);
    const board = operator('board', { image: 'registry.acme.example:5000/board:1' });
    assert.deepEqual(
      servingOf([widgets, board, ...rights('board', write)]).controllersOf(group, 'Widget'),
      [],
      'only by its registry',
    );
    const alike = servingOf([widgets, operator('widget-operator'), ...rights('widget-operator', write)]);
    assert.deepEqual(brief(alike.controllersOf(group, 'Widget')), ['Deployment.apps/ops/widget-operator likely']);
  });

  test('who came with the definition and only writes is none beside one that may write the status', () => {
    const labels = { 'app.kubernetes.io/instance': 'acme' };
    const definitionOfRelease = definition(group, 'Widget', { labels });
    const board = [operator('board', { labels }), ...rights('board', [rule(group, ['widgets'], 'get', 'update')])];
    const real = [operator('runner', { labels }), ...rights('runner', [rule(group, ['widgets', 'widgets/status'], 'update')])];
    assert.deepEqual(brief(servingOf([definitionOfRelease, ...board, ...real]).controllersOf(group, 'Widget')), [
      'Deployment.apps/ops/runner likely',
    ]);
    assert.deepEqual(brief(servingOf([definitionOfRelease, ...board]).controllersOf(group, 'Widget')), [
      'Deployment.apps/ops/board likely',
    ]);
  });

  test('rights to everything are no sign, beside those of the real controller or alone', () => {
    const all = [operator('deployer'), ...rights('deployer', [rule('*', ['*'], '*')])];
    const real = [operator('runner'), ...rights('runner', [rule(group, ['widgets', 'widgets/status'], 'update')])];
    assert.deepEqual(brief(servingOf([widgets, ...all, ...real]).controllersOf(group, 'Widget')), [
      'Deployment.apps/ops/runner likely',
    ]);
    assert.deepEqual(servingOf([widgets, ...all]).controllersOf(group, 'Widget'), []);
  });
});

describe('who serves a kind where rights do not tell', () => {
  test('an operator that is cluster-admin and bears the name of the group is likely', () => {
    const binding: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'all' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'all', namespace: 'ops' }],
    };
    const image = 'registry.example/acme/runner:1';
    const serving = servingOf([
      widgets,
      operator('runner', { image, account: 'all' }),
      operator('ci', { account: 'all' }),
      binding,
    ]);
    assert.deepEqual(brief(serving.controllersOf(group, 'Widget')), ['Deployment.apps/ops/runner likely']);
  });

  test('rights that nobody could see leave a name: possible; rights to other things speak against it', () => {
    const named = operator('acme-operator');
    assert.deepEqual(brief(servingOf([widgets, named]).controllersOf(group, 'Widget')), [
      'Deployment.apps/ops/acme-operator possible',
    ]);
    const other = rights('acme-operator', [rule('other.example', ['things'], '*')]);
    assert.deepEqual(servingOf([widgets, named, ...other]).controllersOf(group, 'Widget'), []);
  });

  test('Jobs and hooks serve nothing, and of a Deployment, its ReplicaSet and its Pods the Deployment counts', () => {
    const deployment = operator('runner');
    const owner = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }];
    const spec = { serviceAccountName: 'runner', containers: [{ name: 'main', image: 'a:1' }] };
    const replicaSet: KubernetesObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'runner-1', namespace: 'ops', uid: 'uid-runner-1', ownerReferences: owner('Deployment', 'runner') },
      spec: { template: { spec } },
    };
    const pod: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'runner-1-x', namespace: 'ops', uid: 'uid-pod', ownerReferences: owner('ReplicaSet', 'runner-1') },
      spec,
    };
    const job: KubernetesObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'clean', namespace: 'ops', annotations: { 'helm.sh/hook': 'pre-delete' } },
      spec: { template: { spec } },
    };
    const all = rights('runner', [rule(group, ['widgets/finalizers'], '*')]);
    const serving = servingOf([widgets, deployment, replicaSet, pod, job, ...all]);
    assert.deepEqual(brief(serving.controllersOf(group, 'Widget')), ['Deployment.apps/ops/runner likely']);
  });

  test('an operator of one namespace serves the objects there and no others', () => {
    const role: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'runner', namespace: 'shop' },
      rules: [rule(group, ['widgets', 'widgets/finalizers'], 'update')],
    };
    const binding: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'runner', namespace: 'shop' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'runner' },
      subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace: 'ops' }],
    };
    const serving = servingOf([widgets, operator('runner'), role, binding]);
    assert.deepEqual(brief(serving.serversOfFinalizer(`${group}/cleanup`, widget)), ['Deployment.apps/ops/runner likely']);
    const elsewhere = custom(group, 'Widget', { namespace: 'other' });
    assert.deepEqual(serving.serversOfFinalizer(`${group}/cleanup`, elsewhere), []);
  });

  test('built-in kinds have no servers among workloads', () => {
    assert.deepEqual(
      servingOf([operator('runner'), ...rights('runner', [rule('*', ['*'], '*')])]).controllersOf('', 'Secret'),
      [],
    );
  });
});

describe('who removes a finalizer', () => {
  const runner = [operator('runner'), ...rights('runner', [rule(group, ['widgets/status'], 'update')])];

  test('Kubernetes its own', () => {
    const serving = servingOf([]);
    const claim: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
    };
    for (const finalizer of [
      'foregroundDeletion',
      'orphan',
      'kubernetes.io/pvc-protection',
      'customresourcecleanup.apiextensions.k8s.io',
      'service.kubernetes.io/load-balancer-cleanup',
    ])
      assert.equal(serving.serversOfFinalizer(finalizer, claim), 'kubernetes');
  });

  test('the controller of the kind, when the finalizer has its domain or none', () => {
    const serving = servingOf([widgets, ...runner]);
    for (const finalizer of [`${group}/cleanup`, `finalizers.${group}/x`, 'cleanup'])
      assert.deepEqual(brief(serving.serversOfFinalizer(finalizer, widget)), ['Deployment.apps/ops/runner likely'], finalizer);
  });

  test('the controller of another kind whose group has the domain, on built-in objects too', () => {
    const gadgets = definition('gadgets.other.example', 'Gadget');
    const binder = [operator('binder'), ...rights('binder', [rule('gadgets.other.example', ['gadgets/status'], 'patch')])];
    const serving = servingOf([widgets, gadgets, ...runner, ...binder]);
    const secret: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'shop' } };
    for (const object of [widget, secret])
      assert.deepEqual(brief(serving.serversOfFinalizer('other.example/hold', object)), ['Deployment.apps/ops/binder likely']);
  });

  test('under a name that tells nothing of its domain the controller of the kind is possible', () => {
    assert.deepEqual(brief(servingOf([widgets, ...runner]).serversOfFinalizer('unknown.test/x', widget)), [
      'Deployment.apps/ops/runner possible',
    ]);
  });

  test('on a built-in object nobody, when nothing speaks for anybody', () => {
    const serving = servingOf([widgets, ...runner]);
    const secret: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'shop' } };
    assert.deepEqual(serving.serversOfFinalizer('unknown.test/x', secret), []);
    assert.deepEqual(serving.serversOfFinalizer('hold', secret), []);
  });

  const managed = (manager: string, finalizer: string) => ({
    finalizers: [finalizer],
    managedFields: [
      { manager, operation: 'Update', fieldsV1: { 'f:metadata': { 'f:finalizers': { [`v:"${finalizer}"`]: {} } } } },
    ],
  });

  test('with the rights to do so, the program that has set it is certain', () => {
    const serving = servingOf([
      widgets,
      operator('runner', { command: '/usr/bin/acme-runner' }),
      ...rights('runner', [rule(group, ['widgets'], '*')]),
    ]);
    const live = custom(group, 'Widget', managed('acme-runner', `${group}/cleanup`));
    const servers = serving.serversOfFinalizer(`${group}/cleanup`, live);
    assert.deepEqual(brief(servers), ['Deployment.apps/ops/runner certain']);
    assert.ok(servers !== 'kubernetes' && servers[0]?.evidence.some(({ field }) => field === 'metadata.managedFields'));
  });

  test('what a person has set with kubectl, and what a program of a common name has set, point to nobody', () => {
    const serving = servingOf([operator('one', { command: '/manager' }), operator('two', { command: '/manager' })]);
    const secret = (manager: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'shop', ...managed(manager, 'hold') },
    });
    for (const manager of ['kubectl-edit', 'manager']) assert.deepEqual(serving.serversOfFinalizer('hold', secret(manager)), []);
  });

  test('a common name and rights to everything point to nobody: the program that is meant may be gone', () => {
    const serving = servingOf([widgets, operator('other', { command: '/manager' }), ...rights('other', [rule('*', ['*'], '*')])]);
    const live = custom(group, 'Widget', managed('manager', `${group}/cleanup`));
    assert.deepEqual(serving.serversOfFinalizer(`${group}/cleanup`, live), []);
  });

  test('what the controller manager has set is Kubernetes’ own', () => {
    const metadata = { name: 'a', ...managed('kube-controller-manager', 'new.kubernetes.io/protection') };
    const object: KubernetesObject = { apiVersion: 'v1', kind: 'PersistentVolume', metadata };
    assert.equal(servingOf([]).serversOfFinalizer('new.kubernetes.io/protection', object), 'kubernetes');
  });
});
