import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterRoleWithBinding, custom, definition, namespace, roleWithBinding, workload } from '../cli/testing/manifests.ts';
import { decorated } from '../cluster/decorated.ts';
import { makeSimulatedCluster, type SimulatedCluster, serviceAccount } from '../cluster/simulated/index.ts';
import { isCode } from '../errors.ts';
import { idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { everythingIn, subjectOfNamespace } from './namespace.ts';
import { isHidden } from './reader.ts';
import { surroundingsOf } from './surroundings.ts';

const account = (ns: string, name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: ns },
});
const serves = { apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs: ['*'] };

/**
 * An operator and its definition in one release, a widget of somebody else's, and things that have nothing to do with
 * it.
 */
const release = [
  account('ops', 'runner'),
  ...clusterRoleWithBinding({ namespace: 'ops', name: 'runner' }, [serves]),
  workload('Deployment', 'ops', 'runner', { serviceAccountName: 'runner' }),
  definition('Widget'),
];
const strangers = [
  account('far', 'other'),
  workload('Deployment', 'far', 'other', { serviceAccountName: 'other' }),
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'ops' }, data: { password: 'aHVudGVyMg==' } },
];

async function clusterWith(...objects: KubernetesObject[]): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster();
  for (const name of ['ops', 'shop', 'far']) await simulated.cluster.create(namespace(name));
  for (const object of [...release, ...strangers]) await simulated.cluster.create(object);
  await simulated.settle(5_000);
  for (const object of objects) await simulated.cluster.create(object);
  await simulated.settle(5_000);
  return simulated;
}

const look = { given: release, namespace: 'ops' };
const idsOf = (objects: readonly KubernetesObject[]) => objects.map(idOf);

describe('the surroundings of a release', () => {
  test('hold its objects as they live, what was made out of them, its custom resources, and nothing that does not concern it', async () => {
    const { cluster } = await clusterWith(custom('Widget', 'one', 'shop', ['example.com/cleanup']));
    const { objects, version, notSeen, from } = await surroundingsOf(cluster, look);
    assert.deepEqual([from, version, notSeen], ['cluster', 'v1.37.2', []]);
    const ids = idsOf(objects);
    for (const object of release) assert.ok(ids.includes(idOf(object)), idOf(object));
    assert.ok(objects.every(({ metadata }) => metadata.uid !== undefined));
    assert.ok(ids.some((id) => id.startsWith('Pod/ops/runner-')));
    assert.ok(ids.some((id) => id.startsWith('ReplicaSet.apps/ops/runner-')));
    for (const expected of ['Widget.example.com/shop/one', 'Namespace/shop', 'Namespace/ops'])
      assert.ok(
        ids.some((id) => id === expected),
        expected,
      );
    assert.ok(!ids.some((id) => id.includes('/far')), 'what lives elsewhere and needs nothing of it is left out');
    assert.deepEqual(objects.find(({ kind }) => kind === 'Widget')?.metadata.finalizers, ['example.com/cleanup']);
  });

  test('hold who needs its objects elsewhere: holders of its roles with their Pods', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const guest: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'guest', namespace: 'far' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'runner' },
      subjects: [{ kind: 'ServiceAccount', name: 'other', namespace: 'far' }],
    };
    const { cluster } = await clusterWith(guest);
    const ids = idsOf((await surroundingsOf(cluster, look)).objects);
    assert.ok(ids.includes(idOf(guest)));
    assert.ok(ids.some((id) => id === 'Deployment.apps/far/other'));
    assert.ok(ids.some((id) => id.startsWith('Pod/far/other-')));
  });

  test('do not hold everybody who holds `view`, only because it adds to that', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const viewers: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'viewers', namespace: 'far' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'other', namespace: 'far' }],
    };
    const added: KubernetesObject = {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'widget-viewer', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] }],
    };
    const { cluster } = await clusterWith(viewers, added);
    const ids = idsOf((await surroundingsOf(cluster, { given: [...release, added], namespace: 'ops' })).objects);
    assert.ok(!ids.some((id) => id === 'Deployment.apps/far/other'));
  });

  test('hold the operator of another release that serves its custom resources', async () => {
    const { cluster } = await clusterWith(custom('Widget', 'one', 'shop', ['example.com/cleanup']));
    const given = [custom('Widget', 'one', 'shop')];
    const ids = idsOf((await surroundingsOf(cluster, { given, namespace: 'shop' })).objects);
    for (const expected of [
      'Deployment.apps/ops/runner',
      'ServiceAccount/ops/runner',
      'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
    ])
      assert.ok(
        ids.some((id) => id === expected),
        expected,
      );
  });
});

describe('the surroundings of a release in a cluster of others', () => {
  test('hold webhook configurations with the Service and the Pods behind them', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hook', namespace: 'far' },
      spec: { selector: { app: 'other' } },
    };
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'hook' },
      webhooks: [
        {
          name: 'a.example.com',
          clientConfig: { service: { namespace: 'far', name: 'hook' } },
          rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], operations: ['DELETE'], resources: ['widgets'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Ignore',
        },
      ],
    };
    const { cluster } = await clusterWith(service, configuration);
    const ids = idsOf((await surroundingsOf(cluster, look)).objects);
    for (const expected of [idOf(configuration), idOf(service), 'Deployment.apps/far/other'])
      assert.ok(
        ids.some((id) => id === expected),
        expected,
      );
  });

  test('hold what an operator made without owner references, by its field manager, and what else bears the release’s annotation', async () => {
    const simulated = await clusterWith();
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made', namespace: 'ops' } };
    await simulated.cluster.create(made, { fieldManager: 'widget-runner' });
    const annotations = { 'meta.helm.sh/release-name': 'agent', 'meta.helm.sh/release-namespace': 'ops' };
    const left = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'left', namespace: 'ops', annotations } };
    await simulated.cluster.create(left);
    const deployment = structuredClone(workload('Deployment', 'ops', 'runner', { serviceAccountName: 'runner' }));
    const text = JSON.stringify(deployment).replace('example.com/main:1', 'example.com/widget-runner:1');
    const given = [...release.filter(({ kind }) => kind !== 'Deployment'), JSON.parse(text)];
    const { objects } = await surroundingsOf(simulated.cluster, { given, namespace: 'ops', release: 'agent' });
    const ids = idsOf(objects);
    assert.ok(ids.includes(idOf(made)));
    assert.ok(ids.includes(idOf(left)));
    assert.ok(!ids.some((id) => id === 'ConfigMap/ops/kube-root-ca.crt'));
  });

  test('name what may not be seen, and conclude nothing from it', async () => {
    const simulated = await clusterWith();
    const rbac = clusterRoleWithBinding({ namespace: 'far', name: 'reader' }, [
      { apiGroups: ['', 'apps'], resources: ['pods', 'deployments', 'namespaces', 'serviceaccounts'], verbs: ['get', 'list'] },
    ]);
    for (const object of [account('far', 'reader'), ...rbac]) await simulated.cluster.create(object);
    const { cluster } = simulated.connect(serviceAccount('far', 'reader'));
    const { objects, notSeen } = await surroundingsOf(cluster, look);
    assert.ok(idsOf(objects).some((id) => id === 'Deployment.apps/ops/runner'));
    const text = notSeen.join('\n');
    assert.match(text, /^customresourcedefinitions\.apiextensions\.k8s\.io: .*reader/m);
    assert.match(text, /^clusterroles\.rbac\.authorization\.k8s\.io: /m);
  });

  test('of who may read his own namespaces only are read there, and the rest is named', async () => {
    const simulated = await clusterWith(custom('Widget', 'mine', 'ops'), custom('Widget', 'one', 'shop'));
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] }];
    for (const object of [account('ops', 'owner'), ...roleWithBinding('ops', 'owner', rules)])
      await simulated.cluster.create(object);
    const { cluster } = simulated.connect(serviceAccount('ops', 'owner'));
    const { objects, notSeen } = await surroundingsOf(cluster, look);
    const ids = idsOf(objects);
    assert.ok(ids.some((id) => id === 'Widget.example.com/ops/mine'));
    assert.ok(!ids.some((id) => id === 'Widget.example.com/shop/one'));
    assert.ok(ids.some((id) => id.startsWith('Pod/ops/runner-')));
    assert.match(notSeen.join('\n'), /^widgets\.example\.com outside of ops: .*forbidden/m);
    assert.ok(isHidden(notSeen, 'widgets.example.com', 'shop') && !isHidden(notSeen, 'widgets.example.com', 'ops'));
    assert.ok(isHidden(notSeen, 'clusterroles.rbac.authorization.k8s.io', undefined));
  });
});

describe('the surroundings, as they are read,', () => {
  test('are read with few requests at a time, and none twice', async () => {
    const { cluster } = await clusterWith();
    let [now, most] = [0, 0];
    const asked: string[] = [];
    const counted = decorated(cluster, {
      list: async (query) => {
        asked.push(JSON.stringify(query));
        most = Math.max(most, ++now);
        try {
          return await cluster.list(query);
        } finally {
          now--;
        }
      },
    });
    await surroundingsOf(counted, look);
    assert.ok(most <= 16, `${most} at once`);
    assert.equal(new Set(asked).size, asked.length);
  });

  test('are read with one list of each kind where many are given', async () => {
    const many = Array.from({ length: 100 }, (_, index): KubernetesObject => {
      const metadata = { name: `c-${index}`, namespace: 'ops' };
      return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    });
    const simulated = await clusterWith(...many);
    simulated.clearRequests();
    const { objects } = await surroundingsOf(simulated.connect().cluster, { ...look, given: many });
    assert.equal(idsOf(objects).filter((id) => id.startsWith('ConfigMap/ops/c-')).length, many.length);
    assert.deepEqual(
      simulated.requests.filter(({ verb }) => verb === 'get'),
      [],
    );
  });

  test('never hold the value of a Secret, nor ask for one', async () => {
    const simulated = await clusterWith();
    simulated.clearRequests();
    const { cluster } = simulated.connect();
    const { objects } = await subjectOfNamespace(cluster, 'ops').then(({ surroundings }) => surroundings);
    assert.ok(idsOf(objects).some((id) => id === 'Secret/ops/key'));
    assert.ok(!JSON.stringify(objects).includes('aHVudGVyMg'));
    assert.ok(
      simulated.requests.every(({ verb }) => ['get', 'list'].includes(verb)),
      'only reads',
    );
  });

  test('of a cluster that asks for patience are a clear error', async () => {
    const simulated = await clusterWith();
    const { cluster } = simulated;
    const { BookendError } = await import('../errors.ts');
    const busy = decorated(cluster, {
      list: () => Promise.reject(new BookendError('throttled', 'too many requests')),
    });
    await assert.rejects(surroundingsOf(busy, look), (error) => isCode(error, 'throttled'));
  });
});

describe('a namespace as a subject', () => {
  test('is the Namespace with what nobody made in it; the rest surrounds it', async () => {
    const { cluster } = await clusterWith(custom('Widget', 'one', 'shop', ['example.com/cleanup']));
    const { objects, surroundings } = await subjectOfNamespace(cluster, 'ops');
    const ids = objects.map(({ object }) => idOf(object));
    assert.equal(ids[0], 'Namespace/ops');
    assert.ok(ids.some((id) => id === 'Deployment.apps/ops/runner'));
    assert.ok(!ids.some((id) => id.startsWith('Pod/')));
    const around = idsOf(surroundings.objects);
    assert.ok(around.some((id) => id.startsWith('Pod/ops/runner-')));
    assert.ok(
      around.some((id) => id === 'Widget.example.com/shop/one'),
      'what its operator serves elsewhere concerns it',
    );
  });

  test('that does not exist is an error', async () => {
    const { cluster } = await clusterWith();
    await assert.rejects(subjectOfNamespace(cluster, 'nowhere'), (error) => isCode(error, 'not-found'));
  });
});

test('a whole cluster can be read for a graph, or one namespace', async () => {
  const { cluster } = await clusterWith();
  const all = idsOf((await everythingIn(cluster)).objects);
  for (const object of [...release, ...strangers]) assert.ok(all.includes(idOf(object)), idOf(object));
  const one = idsOf((await everythingIn(cluster, { namespace: 'far' })).objects);
  assert.ok(one.every((id) => id.includes('/far/')));
  assert.ok(one.some((id) => id === 'Deployment.apps/far/other'));
});
