/**
 * What charts are made of, in few words: the objects of well-known charts are put together from these, written by us
 * after their structure.
 */
import type { KubernetesObject } from '../../../objects/object.ts';

type More = Record<string, unknown>;

export const home = 'shop';

export function object(apiVersion: string, kind: string, name: string, more: More = {}, metadata: More = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace: home, ...metadata }, ...more };
}

export function cluster(apiVersion: string, kind: string, name: string, more: More = {}, metadata: More = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...metadata }, ...more };
}

type Rule = { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] };

/** A rule of a role. Words are separated by spaces. */
export function may(verbs: string, groups: string, resources: string, names?: string): Rule {
  return {
    verbs: verbs.split(' '),
    apiGroups: groups.split(' '),
    resources: resources.split(' '),
    ...(names !== undefined && { resourceNames: names.split(' ') }),
  };
}

export const all = 'get list watch create update patch delete';
export const read = 'get list watch';
export const leader = may(all, 'coordination.k8s.io', 'leases');

/** An account with a ClusterRole and its binding. */
export function account(name: string, rules: readonly Rule[], metadata: More = {}): KubernetesObject[] {
  return [
    object('v1', 'ServiceAccount', name, {}, metadata),
    cluster('rbac.authorization.k8s.io/v1', 'ClusterRole', name, { rules }, metadata),
    cluster(
      'rbac.authorization.k8s.io/v1',
      'ClusterRoleBinding',
      name,
      {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
      },
      metadata,
    ),
  ];
}

export type PodOptions = { account?: string; image?: string; container?: More; spec?: More; metadata?: More };

export function workload(
  kind: 'Deployment' | 'DaemonSet' | 'StatefulSet',
  name: string,
  options: PodOptions = {},
): KubernetesObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec(name, options) };
  return object('apps/v1', kind, name, { spec: { selector: { matchLabels: labels }, template } }, options.metadata);
}

/** A workload with the account of its name. */
export function program(
  kind: Parameters<typeof workload>[0],
  name: string,
  image: string,
  more: PodOptions = {},
): KubernetesObject {
  return workload(kind, name, { account: name, image, ...more });
}

function podSpec(
  name: string,
  { account: as, image = `registry.example.com/${home}/${name}:1`, container = {}, spec = {} }: PodOptions,
): More {
  return { ...(as !== undefined && { serviceAccountName: as }), containers: [{ name, image, ...container }], ...spec };
}

export function service(name: string, app = name): KubernetesObject {
  return object('v1', 'Service', name, { spec: { selector: { app }, ports: [{ port: 443 }] } });
}

export function crd(
  group: string,
  kind: string,
  options: { scope?: string; keep?: boolean; spec?: More; required?: string[] } = {},
): KubernetesObject {
  const plural = `${kind.toLowerCase()}${/(s|ch)$/.test(kind) ? 'es' : 's'}`.replace(/([^aeiou])ys$/, '$1ies');
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        ...(options.required && { required: options.required }),
      },
    },
  };
  return cluster(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    `${plural}.${group}`,
    {
      spec: {
        group,
        scope: options.scope ?? 'Namespaced',
        names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        ...options.spec,
      },
    },
    options.keep ? { annotations: { 'helm.sh/resource-policy': 'keep' } } : {},
  );
}

type Webhook = More & { clientConfig: More };

/** A webhook of a configuration. Words are separated by spaces. */
export function gate(
  policy: 'Fail' | 'Ignore',
  operations: string,
  groups: string,
  resources: string,
  backend: string,
  { namespace = home, more = {} }: { namespace?: string; more?: More } = {},
): Webhook {
  const rule = {
    apiGroups: groups.split(' '),
    apiVersions: ['*'],
    operations: operations.split(' '),
    resources: resources.split(' '),
  };
  return {
    ...{ failurePolicy: policy, sideEffects: 'None', admissionReviewVersions: ['v1'] },
    clientConfig: { service: { name: backend, namespace, path: '/admit' } },
    rules: [rule],
    ...more,
  };
}

export function webhooks(
  kind: 'Validating' | 'Mutating',
  name: string,
  entries: readonly Webhook[],
  metadata: More = {},
): KubernetesObject {
  const named = entries.map((entry, index) => ({ name: `${index}.${name}.example.com`, ...entry }));
  const apiVersion = 'admissionregistration.k8s.io/v1';
  return cluster(apiVersion, `${kind}WebhookConfiguration`, name, { webhooks: named }, metadata);
}

/** The annotations of a hook. */
export function hook(event: string, options: { weight?: number; policies?: string } = {}): More {
  return {
    annotations: {
      'helm.sh/hook': event,
      ...(options.weight !== undefined && { 'helm.sh/hook-weight': String(options.weight) }),
      ...(options.policies !== undefined && { 'helm.sh/hook-delete-policy': options.policies }),
    },
  };
}

export function hookJob(name: string, metadata: More, options: PodOptions & { script?: string; job?: More }): KubernetesObject {
  const { script, job = {} } = options;
  const container = { ...(script !== undefined && { command: ['sh', '-c', script] }), ...options.container };
  const spec = { restartPolicy: 'Never', ...options.spec };
  return object(
    'batch/v1',
    'Job',
    name,
    { spec: { ...job, template: { spec: podSpec(name, { ...options, container, spec }) } } },
    metadata,
  );
}
