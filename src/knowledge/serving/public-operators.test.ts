/**
 * Operators as they are published: how their roles, names and finalizers look in the world, reduced to what tells who
 * serves what.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Server } from './server.ts';
import { servingOf } from './serving.ts';

const rbac = 'rbac.authorization.k8s.io';
type Rule = { apiGroups: string[]; resources: string[]; verbs: string[] };
const rule = (group: string, resources: string, verbs: string): Rule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
});

/** A workload with an account of its own, and that account's rights. */
function program(
  kind: string,
  namespace: string,
  name: string,
  images: string[],
  rules: Rule[],
  command?: string,
): KubernetesObject[] {
  const containers = images.map((image, index) => ({
    name: `c${index}`,
    image,
    ...(command && index === 0 && { command: [command] }),
  }));
  return [
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace, uid: `uid-${name}` },
      spec: { template: { metadata: { labels: { app: name } }, spec: { serviceAccountName: name, containers } } },
    },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

function definition(group: string, kind: string, plural: string): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [{ name: 'v1', served: true }] },
  };
}

function live(apiVersion: string, kind: string, finalizer: string, manager?: string): KubernetesObject {
  const fieldsV1 = { 'f:metadata': { 'f:finalizers': { [`v:"${finalizer}"`]: {} } } };
  const managedFields = manager === undefined ? [] : [{ manager, operation: 'Update', fieldsV1 }];
  return { apiVersion, kind, metadata: { name: 'one', namespace: 'shop', finalizers: [finalizer], managedFields } };
}

const brief = (servers: readonly Server[] | 'kubernetes') =>
  servers === 'kubernetes' ? servers : servers.map(({ workload, confidence }) => `${workload.split('/').at(-1)} ${confidence}`);
const serversOf = (objects: KubernetesObject[], object: KubernetesObject) =>
  brief(servingOf([...objects, object]).serversOfFinalizer(object.metadata.finalizers?.[0] ?? '', object));

const read = 'get list watch';
const backup = program('Deployment', 'velero', 'velero', ['velero/velero:v1'], [rule('*', '*', '*')]);

describe('operators as they are published', () => {
  test('three programs of one chart, of which one has the finalizers', () => {
    const image = (part: string) => [`quay.io/jetstack/cert-manager-${part}:v1`];
    const objects = [
      definition('acme.cert-manager.io', 'Order', 'orders'),
      definition('acme.cert-manager.io', 'Challenge', 'challenges'),
      ...program('Deployment', 'cert-manager', 'cert-manager', image('controller'), [
        rule('acme.cert-manager.io', 'challenges challenges/status', 'update patch'),
        rule('acme.cert-manager.io', 'challenges/finalizers', 'update'),
        rule('acme.cert-manager.io', 'challenges orders', read),
      ]),
      ...program('Deployment', 'cert-manager', 'cert-manager-webhook', image('webhook'), [
        rule('authorization.k8s.io', 'subjectaccessreviews', 'create'),
      ]),
      ...program('Deployment', 'cert-manager', 'cert-manager-cainjector', image('cainjector'), [
        rule('cert-manager.io', 'certificates', read),
      ]),
      ...backup,
    ];
    assert.deepEqual(serversOf(objects, live('acme.cert-manager.io/v1', 'Challenge', 'acme.cert-manager.io/finalizer')), [
      'cert-manager likely',
    ]);
    const finalizer = 'acme.cert-manager.io/finalizer';
    const set = live('acme.cert-manager.io/v1', 'Challenge', finalizer, 'cert-manager-challenges');
    assert.deepEqual(serversOf(objects, set), ['cert-manager certain'], 'its field managers begin with its name');
  });

  test('a UI with the same rights as the controller: whoever has set the finalizer decides, and without that none is left out', () => {
    const all = [rule('argoproj.io', 'applications appprojects', 'create get list watch update delete patch')];
    const image = ['quay.io/argoproj/argocd:v3'];
    const objects = [
      definition('argoproj.io', 'Application', 'applications'),
      ...program('StatefulSet', 'argocd', 'argocd-application-controller', image, all),
      ...program('Deployment', 'argocd', 'argocd-server', image, all),
      ...program('Deployment', 'argocd', 'argocd-repo-server', image, [rule('', 'secrets', read)]),
    ];
    const application = live(
      'argoproj.io/v1',
      'Application',
      'resources-finalizer.argocd.argoproj.io',
      'kubectl-client-side-apply',
    );
    assert.deepEqual(serversOf(objects, application), ['argocd-server likely', 'argocd-application-controller likely']);
  });

  test('a finalizer under another part of the organisation’s domain than the group', () => {
    const objects = [
      definition('operator.victoriametrics.com', 'VMAgent', 'vmagents'),
      ...program(
        'Deployment',
        'vm',
        'vm-operator',
        ['victoriametrics/operator:v0.60'],
        [rule('operator.victoriametrics.com', 'vmagents vmagents/finalizers', '*')],
      ),
      ...program('Deployment', 'vm', 'vmagent', ['victoriametrics/vmagent:v1'], [rule('', 'pods', read)]),
      ...backup,
    ];
    assert.deepEqual(
      serversOf(objects, live('operator.victoriametrics.com/v1', 'VMAgent', 'apps.victoriametrics.com/finalizer')),
      ['vm-operator likely'],
    );
  });
});

describe('operators of clouds and storage', () => {
  test('a controller of clouds’ load balancers that runs in the cluster, on Services and Ingresses', () => {
    const objects = [
      definition('elbv2.k8s.aws', 'TargetGroupBinding', 'targetgroupbindings'),
      ...program(
        'Deployment',
        'kube-system',
        'aws-load-balancer-controller',
        ['public.ecr.aws/eks/aws-load-balancer-controller:v2'],
        [rule('elbv2.k8s.aws', 'targetgroupbindings targetgroupbindings/status', 'update patch')],
      ),
      ...backup,
    ];
    assert.deepEqual(serversOf(objects, live('v1', 'Service', 'service.k8s.aws/resources')), [
      'aws-load-balancer-controller likely',
    ]);
    assert.deepEqual(serversOf(objects, live('networking.k8s.io/v1', 'Ingress', 'ingress.k8s.aws/resources')), [
      'aws-load-balancer-controller likely',
    ]);
  });

  test('a cloud’s own controllers, which nobody sees', () => {
    for (const finalizer of ['networking.gke.io/ingress-finalizer-V2', 'networking.gke.io/neg-finalizer'])
      assert.equal(serversOf(backup, live('v1', 'Service', finalizer)), 'kubernetes');
  });

  test('the sidecars of storage drivers, told by their images', () => {
    const driver = program(
      'Deployment',
      'kube-system',
      'ebs-csi-controller',
      ['ebs-csi-driver:v1', 'registry.k8s.io/sig-storage/csi-provisioner:v5', 'registry.k8s.io/sig-storage/csi-attacher:v4'],
      [rule('', 'persistentvolumes', '*')],
    );
    const volume = live('v1', 'PersistentVolume', 'external-provisioner.volume.kubernetes.io/finalizer');
    assert.deepEqual(serversOf([...driver, ...backup], volume), ['ebs-csi-controller likely']);
    assert.deepEqual(serversOf(driver, live('v1', 'PersistentVolume', 'external-attacher/ebs-csi-aws-com')), [
      'ebs-csi-controller likely',
    ]);
    assert.deepEqual(serversOf(backup, volume), []);
  });

  test('snapshots, whose finalizers have the older spelling of their group', () => {
    const objects = [
      definition('snapshot.storage.k8s.io', 'VolumeSnapshot', 'volumesnapshots'),
      ...program(
        'Deployment',
        'kube-system',
        'snapshot-controller',
        ['registry.k8s.io/sig-storage/snapshot-controller:v8'],
        [rule('snapshot.storage.k8s.io', 'volumesnapshots volumesnapshots/status', 'update patch')],
      ),
    ];
    const snapshot = live(
      'snapshot.storage.k8s.io/v1',
      'VolumeSnapshot',
      'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection',
    );
    assert.deepEqual(serversOf(objects, snapshot), ['snapshot-controller likely']);
  });
});

describe('operators that are known by their names', () => {
  test('an operator that keeps a Namespace of others, known by its name alone', () => {
    const objects = [
      ...program('Deployment', 'cattle-system', 'rancher', ['rancher/rancher:v2'], [rule('', 'namespaces', '*')]),
      ...program('Deployment', 'shop', 'web', ['shop/web:1'], [rule('', 'namespaces', '*')]),
    ];
    const namespace = { ...live('v1', 'Namespace', 'controller.rancher.io/namespace-auth') };
    assert.deepEqual(serversOf(objects, namespace), ['rancher possible']);
  });

  test('a chart that names the program only by `manager`, as kubebuilder writes it', () => {
    const objects = [
      definition('batch.tutorial.kubebuilder.io', 'CronJob', 'cronjobs'),
      ...program(
        'Deployment',
        'project-system',
        'project-controller-manager',
        ['controller:latest'],
        [
          rule('batch.tutorial.kubebuilder.io', 'cronjobs', 'create delete get list patch update watch'),
          rule('batch.tutorial.kubebuilder.io', 'cronjobs/finalizers', 'update'),
        ],
        '/manager',
      ),
      ...program(
        'Deployment',
        'other-system',
        'other-controller-manager',
        ['controller:latest'],
        [rule('other.example', 'things', '*')],
        '/manager',
      ),
    ];
    const job = live('batch.tutorial.kubebuilder.io/v1', 'CronJob', 'batch.tutorial.kubebuilder.io/finalizer', 'manager');
    assert.deepEqual(serversOf(objects, job), ['project-controller-manager certain']);
  });
});
