/**
 * The objects of a cluster as companies have them: 400 applications in 40 namespaces, each with what its controllers
 * made and with two field managers on everything; nodes, volumes, and 25 operators with definitions of 60 KB. 10,000
 * objects of 81 kinds. One custom resource and one namespace are being deleted and do not go: the operator of the
 * custom resource is not there any more.
 */

import type { KindInfo } from '../../src/cluster/port.ts';
import { builtInKinds } from '../../src/cluster/simulated/api/built-in-kinds.ts';
import { infoOf } from '../../src/cluster/simulated/api/kind.ts';
import type { KubernetesObject, OwnerReference } from '../../src/objects/object.ts';

export const objectsInAll = 10_000;
const namespaces = 40;
const applicationsInEach = 10;
const operators = 25;
const nodes = 50;

/** A custom resource and a namespace that are stuck. */
export const stuck = { resource: 'widget0s.op0.example.com/stuck', resourceNamespace: 'team-1', namespace: 'namespace/team-2' };

export const kinds: readonly KindInfo[] = [
  ...builtInKinds.map(infoOf),
  ...Array.from({ length: operators }, (_, index) => customKind(index)),
];

export function largeCluster(): KubernetesObject[] {
  const objects = [
    ...Array.from({ length: nodes }, (_, index) => nodeAt(index)).flat(),
    ...Array.from({ length: operators }, (_, index) => operator(index)).flat(),
    ...Array.from({ length: namespaces }, (_, index) => team(index)).flat(),
    widget(0, 'stuck', stuck.resourceNamespace, { ...goingSince, finalizers: ['op0.example.com/clean-up'] }),
    widget(0, 'left', 'team-2', { ...goingSince, finalizers: ['op0.example.com/clean-up'] }),
  ];
  const filling = Array.from({ length: objectsInAll - objects.length }, (_, index) =>
    make('v1', 'ConfigMap', `filling-${index}`, teamAt(index % namespaces), { data: { text: 'x'.repeat(500) } }),
  );
  return [...objects, ...filling];
}

const goingSince = { deletionTimestamp: '2026-01-02T00:00:00Z', deletionGracePeriodSeconds: 0 };
const teamAt = (index: number) => `team-${index}`;

function team(index: number): KubernetesObject[] {
  const name = teamAt(index);
  const going = name === stuck.namespace.split('/')[1];
  return [
    make('v1', 'Namespace', name, undefined, {
      metadata: going ? goingSince : {},
      spec: { finalizers: ['kubernetes'] },
      status: { phase: going ? 'Terminating' : 'Active' },
    }),
    make('v1', 'ServiceAccount', 'default', name),
    make('v1', 'ConfigMap', 'kube-root-ca.crt', name, { data: { 'ca.crt': 'x'.repeat(1_100) } }),
    make('networking.k8s.io/v1', 'NetworkPolicy', 'default', name, { spec: { podSelector: {}, policyTypes: ['Ingress'] } }),
    ...Array.from({ length: applicationsInEach }, (_, number) => application(name, `app-${number}`, index)).flat(),
  ];
}

function application(namespace: string, name: string, number: number): KubernetesObject[] {
  const labels = { app: name };
  const one = (apiVersion: string, kind: string, more: object = {}, suffix = '') =>
    make(apiVersion, kind, `${name}${suffix}`, namespace, { ...more, metadata: { labels } });
  const template = { metadata: { labels }, spec: podSpec(name) };
  const selector = { matchLabels: labels };
  const deployment = one('apps/v1', 'Deployment', { spec: { replicas: 3, selector, template }, status: { replicas: 3 } });
  const sets = Array.from({ length: 3 }, (_, revision) =>
    owned(
      one('apps/v1', 'ReplicaSet', { spec: { replicas: revision === 2 ? 3 : 0, selector, template } }, `-${revision}`),
      deployment,
    ),
  );
  const pods = Array.from({ length: 3 }, (_, pod) =>
    owned(
      one(
        'v1',
        'Pod',
        { spec: { ...podSpec(name), nodeName: `node-${(number + pod) % nodes}` }, status: podStatus },
        `-2-${pod}`,
      ),
      sets[2] ?? deployment,
    ),
  );
  const [app] = pods;
  return [
    deployment,
    ...sets,
    ...pods,
    one('v1', 'ServiceAccount'),
    one('v1', 'ConfigMap', { data: { settings: 'x'.repeat(800) } }),
    one('v1', 'Secret', { data: { password: 'eA==' } }),
    one('v1', 'Secret', { type: 'helm.sh/release.v1', data: { release: 'x'.repeat(20_000) } }, '.v1'),
    one('v1', 'Service', { spec: { selector: labels, ports: [{ port: 80 }] } }),
    one('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] }, '-x7k2p'),
    one('rbac.authorization.k8s.io/v1', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] }),
    one('rbac.authorization.k8s.io/v1', 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
    one('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 3, maxReplicas: 9 },
    }),
    one('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, selector } }),
    one('networking.k8s.io/v1', 'Ingress', {
      spec: { defaultBackend: { service: { name, port: { number: 80 } } } },
    }),
    make('v1', 'Event', `${name}.17f`, namespace, {
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed',
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: app?.metadata.name, uid: app?.metadata.uid },
      lastTimestamp: '2026-01-02T00:00:00Z',
    }),
    widget(number % operators, name, namespace),
  ];
}

function operator(index: number): KubernetesObject[] {
  const { group, kind, resource, version } = customKind(index);
  const namespace = `operator-${index}`;
  const account = { kind: 'ServiceAccount', name: 'manager', namespace };
  const rules = [{ apiGroups: [group], resources: [resource, `${resource}/status`, `${resource}/finalizers`], verbs: ['*'] }];
  const definition = make('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `${resource}.${group}`, undefined, {
    spec: {
      group,
      names: { kind, plural: resource, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: largeSchema() } }],
    },
  });
  if (index === 0) return [definition];
  return [
    definition,
    make('v1', 'Namespace', namespace, undefined, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
    make('v1', 'ServiceAccount', 'manager', namespace),
    make('apps/v1', 'Deployment', 'manager', namespace, {
      spec: {
        selector: { matchLabels: { app: 'manager' } },
        template: { metadata: { labels: { app: 'manager' } }, spec: { ...podSpec('manager'), serviceAccountName: 'manager' } },
      },
    }),
    make('rbac.authorization.k8s.io/v1', 'ClusterRole', namespace, undefined, { rules }),
    make('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', namespace, undefined, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace },
      subjects: [account],
    }),
  ];
}

/** Custom resources name a Secret and a ConfigMap, as many do. */
function widget(index: number, name: string, namespace: string, metadata: object = {}): KubernetesObject {
  const { apiVersion, kind } = customKind(index);
  const spec = { secretRef: { name: 'app-1' }, configMapRef: { name: 'app-1' }, settings: 'x'.repeat(400) };
  return make(apiVersion, kind, name, namespace, {
    metadata,
    spec,
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
}

function nodeAt(index: number): KubernetesObject[] {
  const name = `node-${index}`;
  const images = Array.from({ length: 50 }, (_, image) => ({
    names: [`registry.example.com/image-${image}@sha256:x`],
    sizeBytes: 1e8,
  }));
  return [
    make('v1', 'Node', name, undefined, {
      spec: { podCIDR: '10.0.0.0/24' },
      status: { images, nodeInfo: { kubeletVersion: 'v1.37.2' } },
    }),
    make('coordination.k8s.io/v1', 'Lease', name, 'kube-node-lease', { spec: { holderIdentity: name } }),
    make('v1', 'PersistentVolume', `pv-${index}`, undefined, {
      spec: { claimRef: { namespace: teamAt(index % namespaces), name: `data-${index}` }, capacity: { storage: '1Gi' } },
    }),
    make('v1', 'PersistentVolumeClaim', `data-${index}`, teamAt(index % namespaces), { spec: { volumeName: `pv-${index}` } }),
  ];
}

function customKind(index: number): KindInfo {
  const [group, version, kind] = [`op${index}.example.com`, 'v1', `Widget${index}`];
  return {
    ...{ apiVersion: `${group}/${version}`, group, version, kind, resource: `${kind.toLowerCase()}s`, namespaced: true },
    ...{ verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] },
    ...{ subresources: ['status'], shortNames: [], categories: [] },
  };
}

function podSpec(name: string) {
  return {
    serviceAccountName: name,
    containers: Array.from({ length: 2 }, (_, index) => ({
      name: `container-${index}`,
      image: `registry.example.com/${name}:1.0.${index}`,
      env: Array.from({ length: 10 }, (__, variable) => ({ name: `VARIABLE_${variable}`, value: 'x'.repeat(20) })),
      envFrom: [{ secretRef: { name } }],
      resources: { requests: { cpu: '100m', memory: '100Mi' }, limits: { memory: '200Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 10 },
      volumeMounts: [{ name: 'settings', mountPath: '/settings' }],
    })),
    volumes: [{ name: 'settings', configMap: { name } }],
    tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
  };
}

const podStatus = {
  phase: 'Running',
  conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    ...{ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
  })),
  containerStatuses: Array.from({ length: 2 }, (_, index) => ({
    ...{ name: `container-${index}`, ready: true, restartCount: 0, imageID: `registry.example.com/app@sha256:${'0'.repeat(64)}` },
    ...{ containerID: `containerd://${'0'.repeat(64)}`, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
  })),
};

/** As controller-gen writes them: most of a definition are descriptions. */
function largeSchema() {
  const description = 'x'.repeat(300);
  const field = { type: 'object', description, properties: { name: { type: 'string', description } } };
  const properties = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`field${index}`, field]));
  return { type: 'object', properties: { spec: { type: 'object', properties } } };
}

function owned(object: KubernetesObject, { apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const owner: OwnerReference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } };
}

let made = 0;

function make(
  apiVersion: string,
  kind: string,
  name: string,
  namespace?: string,
  { metadata = {}, ...body }: Record<string, unknown> & { metadata?: object } = {},
): KubernetesObject {
  const number = made++;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(number),
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace ?? 'default' },
      managedFields: [writer('helm', number), writer(`controller-${number % 20}`, number)],
      ...metadata,
    },
    ...body,
  };
}

/** One entry of `managedFields`: who has set which fields. */
export function writer(manager: string, index: number): object {
  const keys = Object.fromEntries(Array.from({ length: 8 }, (_, key) => [`f:key-${(index + key) % 50}`, {}]));
  const fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:data': { '.': {}, ...keys } };
  return { manager, operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1 };
}
