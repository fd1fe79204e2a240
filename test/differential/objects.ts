/**
 * The objects that scenarios are made of, each for both clusters: what a container really does is a small script for
 * Node, and the simulated kubelet is told the same by annotations.
 */
import type { DeleteOptions } from '../../src/cluster/port.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { image } from '../e2e/objects.ts';
import type { Ref, Step } from './scenario.ts';

const namespace = 'NS';
const home = { namespace };

export function ref(apiVersion: string, kind: string, name: string, isNamespaced = true): Ref {
  return { apiVersion, kind, name, ...(isNamespaced && home) };
}

export function object(
  apiVersion: string,
  kind: string,
  name: string,
  more: Record<string, unknown> & { metadata?: Partial<KubernetesObject['metadata']> } = {},
): KubernetesObject {
  const { metadata, ...rest } = more;
  return { apiVersion, kind, ...rest, metadata: { name, ...home, ...metadata } };
}

/** As `object`, in no namespace. */
export function global(
  apiVersion: string,
  kind: string,
  name: string,
  more: Record<string, unknown> & { metadata?: Partial<KubernetesObject['metadata']> } = {},
): KubernetesObject {
  const { namespace: _, ...metadata } = object(apiVersion, kind, name, more).metadata;
  return { ...object(apiVersion, kind, name, more), metadata };
}

export const map = (name: string, metadata: Partial<KubernetesObject['metadata']> = {}) =>
  object('v1', 'ConfigMap', name, { metadata });
export const mapRef = (name: string) => ref('v1', 'ConfigMap', name);
export const held = { finalizers: ['differential.bookend.dev/hold'] };
/** Deletes it and waits until it is gone. */
export const gone = (target: Ref, propagation?: DeleteOptions['propagation']): Step[] => [
  { delete: target, ...(propagation && { propagation }) },
  { until: target, is: 'gone' },
];
/** Takes every finalizer away. */
export const release = (target: Ref) => ({ merge: target, with: { metadata: { finalizers: null } } });

export type Container = {
  /** What the preStop hook calls: patching the ConfigMap `ledger` of the namespace. */
  callsApi?: boolean;
  /** How long the preStop hook works before, in seconds; without one there is no hook. */
  preStopSeconds?: number;
  /** From SIGTERM to its end. */
  stopSeconds?: number;
  account?: string;
  graceSeconds?: number;
  finalizers?: string[];
  /** Ends by itself after so many seconds, with that code. */
  runSeconds?: number;
  exitCode?: number;
  volumes?: Record<string, unknown>[];
  labels?: Record<string, string>;
  /** Native sidecars, by name: seconds from SIGTERM to the end. */
  sidecars?: Record<string, number>;
};

const simulated = 'simulated.bookend.dev';

/** A Pod template; alone, or of a workload. */
function template(app: string, options: Container = {}): { metadata: Record<string, unknown>; spec: Record<string, unknown> } {
  const { callsApi, preStopSeconds, stopSeconds = 0, account, graceSeconds = 20, runSeconds, exitCode = 0 } = options;
  const hasHook = callsApi || preStopSeconds !== undefined;
  const sidecars = Object.entries(options.sidecars ?? {});
  const annotations: Record<string, string> = {
    [`${simulated}/stop-ms`]: String(stopSeconds * 1000 + 50),
    ...Object.fromEntries(sidecars.map(([name, seconds]) => [`${simulated}/stop-ms.${name}`, String(seconds * 1000 + 50)])),
    ...(sidecars.length > 0 && { [`${simulated}/stop-ms.main`]: String(stopSeconds * 1000 + 50) }),
    ...(hasHook && { [`${simulated}/pre-stop-ms`]: String((preStopSeconds ?? 0) * 1000 + 300) }),
    ...(callsApi && { [`${simulated}/pre-stop-needs`]: 'patch configmaps NS' }),
    ...(runSeconds !== undefined && {
      [`${simulated}/run-ms`]: String(runSeconds * 1000),
      [`${simulated}/exit-code`]: String(exitCode),
    }),
  };
  return {
    metadata: { labels: { app, ...options.labels }, annotations, ...(options.finalizers && { finalizers: options.finalizers }) },
    spec: {
      ...(account !== undefined && { serviceAccountName: account }),
      terminationGracePeriodSeconds: graceSeconds,
      ...(runSeconds !== undefined && { restartPolicy: 'Never' }),
      ...(options.volumes && { volumes: options.volumes }),
      ...(sidecars.length > 0 && {
        initContainers: sidecars.map(([name, seconds], index) => ({
          ...waiting(name, seconds, firstPort + 1 + index),
          restartPolicy: 'Always',
        })),
      }),
      containers: [
        {
          ...(runSeconds === undefined
            ? waiting('main', stopSeconds, firstPort)
            : container('main', `setTimeout(() => process.exit(${exitCode}), ${runSeconds * 1000})`)),
          ...(hasHook && {
            lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '-e', hook(preStopSeconds ?? 0, callsApi)] } } },
          }),
        },
      ],
    },
  };
}

function container(name: string, script: string) {
  return { name, image, command: ['/usr/bin/node', '-e', script], resources: { requests: { cpu: '1m', memory: '8Mi' } } };
}

/** Containers of a Pod share its network: each listens on a port of its own. */
const firstPort = 8090;

/**
 * Waits for SIGTERM. It counts as started when it would notice one: the first process of a container ignores signals
 * that it does not handle, and on a busy machine a container runs for seconds before its script does.
 */
function waiting(name: string, seconds: number, port: number) {
  const script = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), ${seconds * 1000})); require('node:net').createServer((each) => each.destroy()).listen(${port})`;
  return { ...container(name, script), startupProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 90 } };
}

const hook = (seconds: number, callsApi: boolean | undefined) =>
  `setTimeout(async () => { ${
    callsApi
      ? `const { request, ownNamespace } = await import('/app/api.mjs'); await request('PATCH', '/api/v1/namespaces/' + ownNamespace + '/configmaps/ledger', { data: { x: 'y' } }, 'application/merge-patch+json').then(() => process.exit(0), () => process.exit(1));`
      : 'process.exit(0)'
  } }, ${seconds * 1000})`;

export function pod(name: string, options: Container = {}): KubernetesObject {
  const { metadata, spec } = template(name, options);
  return object('v1', 'Pod', name, { metadata, spec });
}
export const podRef = (name: string) => ref('v1', 'Pod', name);

export function workload(
  kind: 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'ReplicaSet',
  name: string,
  options: Container & {
    replicas?: number;
    more?: Record<string, unknown>;
    metadata?: Partial<KubernetesObject['metadata']>;
  } = {},
): KubernetesObject {
  const { replicas, more, metadata } = options;
  return object('apps/v1', kind, name, {
    ...(metadata && { metadata }),
    spec: {
      ...(replicas !== undefined && { replicas }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      template: template(name, options),
      ...more,
    },
  });
}
export const apps = (kind: string, name: string) => ref('apps/v1', kind, name);

export function job(name: string, options: Container = {}, more: Record<string, unknown> = {}): KubernetesObject {
  const { metadata, spec } = template(name, { runSeconds: 3600, ...options });
  return object('batch/v1', 'Job', name, { spec: { backoffLimit: 0, ...more, template: { metadata, spec } } });
}
export const jobRef = (name: string) => ref('batch/v1', 'Job', name);

const rbac = 'rbac.authorization.k8s.io/v1';

/** An account `name` that may patch the ledger, and the ledger. */
export function access(name: string, finalizers?: string[]): KubernetesObject[] {
  const metadata = finalizers ? { finalizers } : {};
  return [
    map('ledger'),
    object('v1', 'ServiceAccount', name),
    object(rbac, 'Role', name, { metadata, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'get'] }] }),
    object(rbac, 'RoleBinding', name, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  ];
}
export const accountRef = (name: string) => ref('v1', 'ServiceAccount', name);
export const roleRef = (name: string) => ref(rbac, 'Role', name);
export const bindingRef = (name: string) => ref(rbac, 'RoleBinding', name);
/** What an account is called in requests. */
export const accountUser = (name: string) => `system:serviceaccount:NS:${name}`;

/** A definition of this scenario alone. */
export function definition(versions: string[] = ['v1'], more: Record<string, unknown> = {}): KubernetesObject {
  return global('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.NS.example.com', {
    spec: {
      group: 'NS.example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      })),
      ...more,
    },
  });
}
export const definitionRef = ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.NS.example.com', false);
export const widget = (name: string, metadata: Partial<KubernetesObject['metadata']> = {}) =>
  object('NS.example.com/v1', 'Widget', name, { metadata });
export const widgetRef = (name: string, version = 'v1') => ref(`NS.example.com/${version}`, 'Widget', name);

/** An owner reference to an object of `given`: its UID is filled in when it is known. */
export const ownedBy = (owner: Ref, more: { controller?: boolean; blockOwnerDeletion?: boolean } = {}) => ({
  ownerReferences: [
    { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: `UID of ${owner.kind}/${owner.name}`, ...more },
  ],
});

export const namespaceRef: Ref = { apiVersion: 'v1', kind: 'Namespace', name: 'NS' };
