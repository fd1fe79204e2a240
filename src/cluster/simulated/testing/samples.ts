/** Small objects for the tests of the simulated cluster, each as short as the API server accepts. */
import type { KubernetesObject, ObjectRef } from '../../../objects/object.ts';
import { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions } from '../index.ts';

export const home = 'home';

/** A simulated cluster with a namespace `home`, the default account there, and these objects, when all has settled. */
export async function homeCluster(options: SimulationOptions = {}, ...objects: KubernetesObject[]) {
  const simulated = makeSimulatedCluster(options);
  await simulated.cluster.create(global('v1', 'Namespace', home));
  await simulated.settle();
  await createAll(simulated, ...objects);
  if (objects.length > 0) await simulated.settle();
  return { ...simulated, simulated, port: simulated.cluster };
}

export function object(
  apiVersion: string,
  kind: string,
  metadata: KubernetesObject['metadata'],
  more: Record<string, unknown> = {},
): KubernetesObject {
  return { apiVersion, kind, metadata, ...more };
}

export function global(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}): KubernetesObject {
  return object(apiVersion, kind, { name }, more);
}

export function inHome(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}): KubernetesObject {
  return object(apiVersion, kind, { name, namespace: home }, more);
}

export function configMap(name: string, metadata: Partial<KubernetesObject['metadata']>): KubernetesObject {
  return object('v1', 'ConfigMap', { name, namespace: home, ...metadata });
}

export function ref(apiVersion: string, kind: string, name: string): ObjectRef {
  return { apiVersion, kind, namespace: home, name };
}

type PodOptions = { account?: string; annotations?: Record<string, string>; spec?: Record<string, unknown> };

function podSpec({ account, spec }: PodOptions = {}): Record<string, unknown> {
  return {
    containers: [{ name: 'app', image: 'example/app' }],
    ...(account !== undefined && { serviceAccountName: account }),
    ...spec,
  };
}

export function pod(name: string, options: PodOptions = {}): KubernetesObject {
  const { annotations } = options;
  return object('v1', 'Pod', { name, namespace: home, ...(annotations && { annotations }) }, { spec: podSpec(options) });
}

/** A Deployment, ReplicaSet, StatefulSet or DaemonSet whose Pods carry the label `app: NAME`. */
export function workload(
  kind: string,
  name: string,
  options: PodOptions & { more?: Record<string, unknown> } = {},
): KubernetesObject {
  const labels = { app: name };
  const metadata = { labels, ...(options.annotations && { annotations: options.annotations }) };
  return inHome('apps/v1', kind, name, {
    spec: { selector: { matchLabels: labels }, template: { metadata, spec: podSpec(options) }, ...options.more },
  });
}

export function job(name: string, options: PodOptions & { more?: Record<string, unknown> } = {}): KubernetesObject {
  const spec = { restartPolicy: 'Never', ...podSpec(options) };
  const template = { metadata: { annotations: options.annotations ?? {} }, spec };
  return inHome('batch/v1', 'Job', name, { spec: { template, ...options.more } });
}

/** Account, ClusterRole and ClusterRoleBinding of one name. */
export function access(
  name: string,
  ...rules: [verbs: string[], resources: string[], apiGroups?: string[]][]
): KubernetesObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  return [
    inHome('v1', 'ServiceAccount', name),
    global(`${rbac}/v1`, 'ClusterRole', name, {
      rules: rules.map(([verbs, resources, apiGroups = ['']]) => ({ verbs, resources, apiGroups })),
    }),
    global(`${rbac}/v1`, 'ClusterRoleBinding', name, {
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
    }),
  ];
}

/** A definition of `Widget`s in example.com/v1, namespaced unless told otherwise. */
export function widgets(options: { scope?: string; schema?: Record<string, unknown> } = {}): KubernetesObject {
  const schema = options.schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return global('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.com', {
    spec: {
      group: 'example.com',
      scope: options.scope ?? 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
    },
  });
}

export function widget(name: string, more: Partial<KubernetesObject['metadata']> = {}): KubernetesObject {
  return object('example.com/v1', 'Widget', { name, namespace: home, ...more }, { spec: {} });
}

export async function createAll({ cluster }: SimulatedCluster, ...objects: KubernetesObject[]): Promise<void> {
  for (const each of objects) await cluster.create(each);
}

/** The names of all Pods in `home`, sorted. */
export async function podNames({ cluster }: SimulatedCluster): Promise<string[]> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: home });
  return items.map(({ metadata }) => metadata.name);
}

/** What happened, in order: `terminating Pod/home/one`. */
export function story({ log }: SimulatedCluster, ...what: string[]): string[] {
  return log.filter((event) => what.length === 0 || what.includes(event.what)).map((event) => `${event.what} ${event.id}`);
}
