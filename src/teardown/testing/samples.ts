/** Objects for the tests of the engine: the shapes that charts really have, as short as they can be written. */
import { annotations } from '../../cluster/simulated/index.ts';
import type { KubernetesObject, OwnerReference } from '../../objects/object.ts';

export const space = 'agents';

type Extra = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  namespace?: string;
  ownerReferences?: OwnerReference[];
};

export function make(
  apiVersion: string,
  kind: string,
  name: string,
  body: Record<string, unknown> = {},
  extra: Extra = {},
): KubernetesObject {
  return makeGlobal(apiVersion, kind, name, body, { namespace: space, ...extra });
}

/** A cluster-scoped object. */
export function makeGlobal(
  apiVersion: string,
  kind: string,
  name: string,
  body: Record<string, unknown> = {},
  extra: Extra = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...extra }, ...body };
}

export const namespace = (name = space, extra: Extra = {}) => makeGlobal('v1', 'Namespace', name, {}, extra);
export const account = (name: string, extra?: Extra) => make('v1', 'ServiceAccount', name, {}, extra);
export const configMap = (name: string, extra?: Extra) => make('v1', 'ConfigMap', name, { data: { a: '1' } }, extra);
export const secret = (name: string, extra?: Extra) => make('v1', 'Secret', name, { type: 'Opaque' }, extra);

const rbac = 'rbac.authorization.k8s.io';

type Rule = { apiGroups: string[]; resources: string[]; verbs: string[] };

export const clusterRole = (name: string, rules: Rule[], extra?: Extra) =>
  makeGlobal(`${rbac}/v1`, 'ClusterRole', name, { rules }, extra);

/** Binds the account of the same name to the ClusterRole of the same name. */
export const clusterRoleBinding = (name: string, extra?: Extra) =>
  makeGlobal(
    `${rbac}/v1`,
    'ClusterRoleBinding',
    name,
    {
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: space }],
    },
    extra,
  );

export type PodShape = {
  account?: string;
  /** How long the preStop hook takes, in ms. */
  preStopMs?: number;
  /** What it asks of the API server: `patch nodes`. */
  needs?: string;
  configMaps?: string[];
  labels?: Record<string, string>;
  graceSeconds?: number;
  /** Of a Deployment, StatefulSet or ReplicaSet. Default 2. */
  replicas?: number;
};

function template(name: string, shape: PodShape = {}): { metadata: Record<string, unknown>; spec: Record<string, unknown> } {
  const { account: serviceAccountName, preStopMs, needs, configMaps = [], labels = { app: name }, graceSeconds } = shape;
  const hook = { lifecycle: { preStop: { exec: { command: ['/agent', 'leave'] } } } };
  return {
    metadata: {
      labels,
      annotations: {
        ...(preStopMs !== undefined && { [annotations.preStopMs]: String(preStopMs) }),
        ...(needs !== undefined && { [annotations.preStopNeeds]: needs }),
      },
    },
    spec: {
      ...(serviceAccountName !== undefined && { serviceAccountName }),
      ...(graceSeconds !== undefined && { terminationGracePeriodSeconds: graceSeconds }),
      containers: [{ name: 'agent', image: 'agent:1', ...(preStopMs !== undefined && hook) }],
      volumes: configMaps.map((configMapName) => ({ name: configMapName, configMap: { name: configMapName } })),
    },
  };
}

/** A DaemonSet, Deployment, StatefulSet or ReplicaSet. */
export function workload(kind: string, name: string, shape: PodShape = {}, extra: Extra = {}): KubernetesObject {
  const labels = shape.labels ?? { app: name };
  const replicas = kind === 'DaemonSet' ? {} : { replicas: shape.replicas ?? 2 };
  const service = kind === 'StatefulSet' ? { serviceName: name } : {};
  return make(
    'apps/v1',
    kind,
    name,
    { spec: { ...replicas, ...service, selector: { matchLabels: labels }, template: template(name, shape) } },
    extra,
  );
}

export function job(name: string, shape: PodShape = {}, extra: Extra = {}): KubernetesObject {
  const { metadata, spec } = template(name, shape);
  return make('batch/v1', 'Job', name, { spec: { template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } } }, extra);
}

export function pod(name: string, shape: PodShape = {}, extra: Extra = {}): KubernetesObject {
  const { metadata, spec } = template(name, shape);
  return make('v1', 'Pod', name, { spec }, { ...(metadata as Extra), ...extra });
}

export const widgetKind = { apiVersion: 'example.dev/v1', kind: 'Widget' } as const;

export const widgetDefinition = (extra?: Extra) =>
  makeGlobal(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'widgets.example.dev',
    {
      spec: {
        group: 'example.dev',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    },
    extra,
  );

export const widget = (name: string, extra?: Extra) => make(widgetKind.apiVersion, widgetKind.kind, name, { spec: {} }, extra);
