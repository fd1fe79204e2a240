/**
 * What stands in every cluster before anybody has done anything: nodes, the system's namespaces, the usual
 * ClusterRoles.
 */
import type { KubernetesObject } from '../../objects/object.ts';
import type { ApiServer } from './api/api-server.ts';
import { controllerManager } from './api/user.ts';

/** Stores the first objects. @param nodes how many nodes, or their objects' names. */
export function bootstrap(server: ApiServer, nodes: number | readonly string[]): void {
  const names = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, index) => `node-${index + 1}`) : nodes;
  const objects: KubernetesObject[] = [
    ...names.map(node),
    ...['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
    clusterRole('cluster-admin', [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ]),
    aggregated('admin'),
    aggregated('edit'),
    aggregated('view'),
    clusterRole('system:aggregate-to-admin', [{ apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: all }], 'admin'),
    clusterRole('system:aggregate-to-edit', namespaced(all), 'admin', 'edit'),
    clusterRole('system:aggregate-to-view', namespaced(['get', 'list', 'watch']), 'admin', 'edit', 'view'),
    clusterRole('system:basic-user', [
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        verbs: ['create'],
      },
      { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
    ]),
    binding('cluster-admin', 'system:masters'),
    binding('system:basic-user', 'system:authenticated'),
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'system-cluster-critical' },
      value: 2_000_000_000,
    },
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'system-node-critical' },
      value: 2_000_001_000,
    },
  ];
  for (const object of objects) server.create(object, { user: controllerManager, manager: 'kube-apiserver' });
}

const rbac = 'rbac.authorization.k8s.io';
const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function node(name: string): KubernetesObject {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: {},
    status: { conditions, nodeInfo: { operatingSystem: 'linux', architecture: 'amd64' } },
  };
}

function clusterRole(name: string, rules: object[], ...aggregatedTo: string[]): KubernetesObject {
  const labels = Object.fromEntries(aggregatedTo.map((role) => [`${rbac}/aggregate-to-${role}`, 'true']));
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

/** Gives the ClusterRole of that name to a group. */
function binding(name: string, group: string): KubernetesObject {
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name };
  const subjects = [{ apiGroup: rbac, kind: 'Group', name: group }];
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects };
}

function aggregated(name: string): KubernetesObject {
  const clusterRoleSelectors = [{ matchLabels: { [`${rbac}/aggregate-to-${name}`]: 'true' } }];
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    aggregationRule: { clusterRoleSelectors },
    rules: [],
  };
}

/** What the roles for people of a namespace cover, as far as the simulated kinds go. */
function namespaced(verbs: string[]): object[] {
  const core = [
    'configmaps',
    'endpoints',
    'persistentvolumeclaims',
    'pods',
    'replicationcontrollers',
    'services',
    'serviceaccounts',
    'events',
  ];
  const secret = verbs.includes('create') ? ['secrets'] : [];
  return [
    { apiGroups: [''], resources: [...core, ...secret], verbs },
    {
      apiGroups: ['apps'],
      resources: [
        'daemonsets',
        'deployments',
        'replicasets',
        'statefulsets',
        'deployments/scale',
        'replicasets/scale',
        'statefulsets/scale',
      ],
      verbs,
    },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs },
  ];
}
