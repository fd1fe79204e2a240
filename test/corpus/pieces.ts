/**
 * The objects that the situations' charts are made of: an operator with its rights, its definitions, a webhook, a
 * clean-up hook, an agent that calls the API when it stops.
 */
import type { KubernetesObject } from '../../src/objects/object.ts';
import { issue } from '../../src/webhook/certificate/issue.ts';
import { kubectlImage } from '../../tools/lab/kubectl-image.ts';
import type { Does, Place, Served } from './situation.ts';

const image = 'registry.bookend.dev/examples/node-agent:0.1.0';
/** The ConfigMap with the stand-in's program, in every namespace of a situation. */
export const programName = 'stand-in';

type More = Record<string, unknown> & { metadata?: Partial<KubernetesObject['metadata']> };

export function object(
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
  { metadata, ...rest }: More = {},
): KubernetesObject {
  return { apiVersion, kind, ...rest, metadata: { name, ...(namespace !== undefined && { namespace }), ...metadata } };
}

const rbac = 'rbac.authorization.k8s.io/v1';
export type Rules = { groups: string[]; resources: string[]; verbs: string[] }[];

/** An account with rights in the whole cluster. */
export function account(place: Place, name: string, rules: Rules, more: More = {}): KubernetesObject[] {
  const global = `${place.name}-${name}`;
  return [
    object('v1', 'ServiceAccount', place.namespace, name, more),
    object(rbac, 'ClusterRole', undefined, global, { ...more, rules: rules.map(ruleOf) }),
    object(rbac, 'ClusterRoleBinding', undefined, global, {
      ...more,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: global },
      subjects: [{ kind: 'ServiceAccount', name, namespace: place.namespace }],
    }),
  ];
}

const ruleOf = ({ groups, resources, verbs }: Rules[number]) => ({ apiGroups: groups, resources, verbs });

export const every = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * Of an operator's container, and by default its field manager: of each situation's another, or the operators of many
 * would look like one.
 */
export const operatorName = ({ name }: Place) => `${name}-operator`;

/** An operator as charts install it. Its program, and so what it does, is not in the chart. */
export function operator(place: Place, rules: Rules, { answers = false } = {}): KubernetesObject[] {
  return [
    ...account(place, 'operator', rules),
    ...(answers ? [certificate(place), service(place, 'operator', 8443)] : []),
    object('apps/v1', 'Deployment', place.namespace, 'operator', {
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'operator' } },
        template: {
          metadata: { labels: { app: 'operator' } },
          spec: {
            serviceAccountName: 'operator',
            terminationGracePeriodSeconds: 5,
            volumes: [
              { name: 'program', configMap: { name: programName } },
              ...(answers ? [{ name: 'tls', secret: { secretName: 'operator-tls' } }] : []),
            ],
            containers: [
              {
                name: operatorName(place),
                image,
                args: ['/stand-in/operator.mjs'],
                volumeMounts: [
                  { name: 'program', mountPath: '/stand-in' },
                  ...(answers ? [{ name: 'tls', mountPath: '/tls' }] : []),
                ],
                ...(answers && {
                  ports: [{ name: 'webhook', containerPort: 8443 }],
                  readinessProbe: { tcpSocket: { port: 'webhook' }, periodSeconds: 1 },
                }),
                resources: requests,
              },
            ],
          },
        },
      },
    }),
  ];
}

const requests = { requests: { cpu: '1m', memory: '16Mi' } };

function service(place: Place, name: string, targetPort: number): KubernetesObject {
  return object('v1', 'Service', place.namespace, name, {
    spec: { selector: { app: name }, ports: [{ port: 443, targetPort }] },
  });
}

const issued = new Map<string, ReturnType<typeof issue>>();
function certificateOf({ namespace }: Place): ReturnType<typeof issue> {
  const known = issued.get(namespace);
  if (known) return known;
  const made = issue({ names: [`operator.${namespace}.svc`], now: Date.now(), validityMs: 3_600_000 });
  issued.set(namespace, made);
  return made;
}

function certificate(place: Place): KubernetesObject {
  const { certificate: chain, key } = certificateOf(place);
  const data = { certificate: base64(chain), key: base64(key) };
  return object('v1', 'Secret', place.namespace, 'operator-tls', { data });
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

/** How a webhook, a conversion or an API service of this chart is reached. */
export function clientConfig(place: Place, path: string) {
  return {
    caBundle: base64(certificateOf(place).authority),
    service: { namespace: place.namespace, name: 'operator', path, port: 443 },
  };
}

export const authorityOf = (place: Place): string => base64(certificateOf(place).authority);

/** A webhook of the operator's that judges its custom resources. */
export function webhookConfiguration(
  place: Place,
  webhook: Record<string, unknown>,
  kind: 'Validating' | 'Mutating' = 'Validating',
): KubernetesObject {
  return object('admissionregistration.k8s.io/v1', `${kind}WebhookConfiguration`, undefined, `${place.name}-admission`, {
    webhooks: [
      {
        name: `judge.${place.group}`,
        clientConfig: clientConfig(place, '/validate'),
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Fail',
        timeoutSeconds: 3,
        ...webhook,
      },
    ],
  });
}

export function definition(
  place: Place,
  kind: string,
  more: Record<string, unknown> & { metadata?: object } = {},
): KubernetesObject {
  const plural = pluralOf(kind);
  const { metadata, versions = ['v1'], ...rest } = more as { metadata?: object; versions?: string[] };
  return object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined, `${plural}.${place.group}`, {
    ...(metadata && { metadata }),
    spec: {
      group: place.group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      })),
      ...rest,
    },
  });
}

export const pluralOf = (kind: string) => `${kind.toLowerCase()}s`;

export function custom(
  place: Place,
  kind: string,
  name: string,
  { namespace = place.namespace, ...more }: More & { namespace?: string } = {},
): KubernetesObject {
  return object(`${place.group}/v1`, kind, namespace, name, more);
}

/** Owned by the custom resource that the stand-in makes it for. */
export const owned = (place: Place, kind: string) => ({
  ownerReferences: [
    { apiVersion: `${place.group}/v1`, kind, name: 'NAME', uid: 'UID', controller: true, blockOwnerDeletion: true },
  ],
});

/** What an operator does that makes these children of each custom resource of the kind. */
export function serves({ group }: Place, kind: string, children: KubernetesObject[], more: Partial<Served> = {}): Does {
  return { serves: [{ apiVersion: `${group}/v1`, plural: pluralOf(kind), ...more, children }] };
}

/** A workload that does nothing, and ends at once. */
export function idle(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
  namespace: string,
  name: string,
  { spec = {}, pod = {}, container = {}, metadata }: More & { spec?: object; pod?: object; container?: object } = {},
): KubernetesObject {
  const script = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)";
  return object('apps/v1', kind, namespace, name, {
    ...(metadata && { metadata }),
    spec: {
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      ...spec,
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          ...pod,
          containers: [{ name: 'main', image, args: ['-e', script], resources: requests, ...container }],
        },
      },
    },
  });
}

/** Its preStop hook calls the API server, as agents do that take back what they did to their node. */
export function agent(
  place: Place,
  name: string,
  { pod = {}, metadata = {} }: { pod?: object; metadata?: object } = {},
): KubernetesObject {
  return idle('DaemonSet', place.namespace, name, {
    metadata,
    pod: { serviceAccountName: name, terminationGracePeriodSeconds: 20, tolerations: [{ operator: 'Exists' }], ...pod },
    container: {
      image: kubectlImage,
      command: ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done'],
      args: [],
      lifecycle: {
        preStop: {
          exec: {
            command: [
              '/bin/sh',
              '-c',
              `sleep 2; kubectl patch configmap ledger -n ${place.namespace} -p '{"data":{"left":"yes"}}'`,
            ],
          },
        },
      },
    },
  });
}

export type HookOptions = {
  /** Shell text; kubectl is there. */
  script: string;
  rules?: Rules;
  /** Of the Job. */
  policy?: string;
  /** Of the account and its rights: with `false` they are objects of the release. */
  accountPolicy?: string | false;
  image?: string;
  pod?: object;
  job?: object;
};

/** A clean-up Job before the deletion, as charts have them. */
export function cleanUpHook(
  place: Place,
  {
    script,
    rules = [],
    policy,
    accountPolicy = 'hook-succeeded,before-hook-creation',
    image: own = kubectlImage,
    pod = {},
    job = {},
  }: HookOptions,
): KubernetesObject[] {
  const annotations = (weight: number, deletePolicy: string | undefined) => ({
    metadata: {
      annotations: {
        'helm.sh/hook': 'pre-delete',
        'helm.sh/hook-weight': String(weight),
        ...(deletePolicy !== undefined && { 'helm.sh/hook-delete-policy': deletePolicy }),
      },
    },
  });
  return [
    ...account(place, 'clean-up', rules, accountPolicy === false ? {} : annotations(-5, accountPolicy)),
    object('batch/v1', 'Job', place.namespace, 'clean-up', {
      ...annotations(0, policy),
      spec: {
        backoffLimit: 0,
        ...job,
        template: {
          metadata: { labels: { app: 'clean-up' } },
          spec: {
            serviceAccountName: 'clean-up',
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 1,
            ...pod,
            containers: [{ name: 'clean-up', image: own, command: ['/bin/sh', '-c', script], resources: requests }],
          },
        },
      },
    }),
  ];
}
