/**
 * Namespaces as those who run clusters make them, each with the rules of one house: what their policies, limits and
 * quotas say, a Pod that they admit, and one that they refuse, which proves that they are in force.
 */
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { shareImages } from '../../../tools/lab/share-images.ts';
import { image as nodeImage } from '../objects.ts';
import type { Container } from './pods.ts';

export type House = {
  /** Its namespace is `e2e-house-NAME`. */
  name: string;
  rules: KubernetesObject[];
  labels?: Record<string, string>;
  /** Of a Pod that is admitted, with the containers `app` and `web`. */
  spec: Record<string, unknown>;
  /** Of one that is not, and why: wherever there are rules, it shows that they are in force. */
  refused?: { spec: Record<string, unknown>; says: RegExp };
  /** Not from the command line, and why. */
  webhookOnly?: string;
};

export function namespaceOf({ name }: Pick<House, 'name'>): string {
  return `e2e-house-${name}`;
}

/** The first user of the range that OpenShift gives a namespace. */
export const randomUser = 1_000_650_000;

/** The source has no shell and no other program than one that waits. */
function pair(more: Record<string, unknown> = {}, ofContainer: Record<string, unknown> = {}): Record<string, unknown> {
  const containers: Container[] = [
    { name: 'app', image: shareImages.bare, ...ofContainer },
    { name: 'web', image: nodeImage, args: ['-e', 'setInterval(() => {}, 1e9)'], ...ofContainer },
  ];
  return { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, ...more, containers };
}

const closed = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const nonRoot = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
const asking = (requests: Record<string, string>, limits: Record<string, string>) => ({ resources: { requests, limits } });
const small = asking({ cpu: '10m', memory: '64Mi' }, { cpu: '1', memory: '128Mi' });

const addsCapability = {
  spec: pair({}, { securityContext: { capabilities: { add: ['CHOWN'] } } }),
  says: /the user must be|capabilities/,
};

type Rule = [expression: string, message: string];

/** What restricted-v2 says of a Pod, when nothing in it may be changed any more. */
const restrictedV2: Rule[] = [
  [
    `variables.all.all(each, [each.?securityContext.?runAsUser.or(object.spec.?securityContext.?runAsUser).orValue(0)].all(user,
      user >= ${randomUser} && user < ${randomUser + 10_000}))`,
    'the user must be of the range of the namespace',
  ],
  [
    `variables.all.all(each, each.?securityContext.?capabilities.?add.orValue([]).all(capability, capability == 'NET_BIND_SERVICE') &&
      'ALL' in each.?securityContext.?capabilities.?drop.orValue([]))`,
    'capabilities: drop ALL, and add none but NET_BIND_SERVICE',
  ],
  [
    `variables.all.all(each, !each.?securityContext.?allowPrivilegeEscalation.orValue(true) && !each.?securityContext.?privileged.orValue(false))`,
    'privileges must not grow',
  ],
  [
    `variables.all.all(each, each.?securityContext.?seccompProfile.?type.or(object.spec.?securityContext.?seccompProfile.?type).orValue('') == 'RuntimeDefault')`,
    'seccomp: runtime/default',
  ],
  [
    `object.spec.?volumes.orValue([]).all(each, has(each.configMap) || has(each.csi) || has(each.downwardAPI) || has(each.emptyDir) ||
      has(each.ephemeral) || has(each.persistentVolumeClaim) || has(each.projected) || has(each.secret))`,
    'a type of volume is not allowed',
  ],
];

export const houses: readonly House[] = [
  {
    // Nobody names a user: one of the namespace's range is given to each container, by admission before webhooks.
    name: 'openshift',
    rules: [...givenLikeOpenShift('openshift'), ...policy('openshift', restrictedV2)],
    spec: pair(),
    refused: addsCapability,
  },
  {
    name: 'openshift-non-root',
    rules: [...givenLikeOpenShift('openshift-non-root'), ...policy('openshift-non-root', restrictedV2)],
    spec: pair({}, { securityContext: { runAsNonRoot: true } }),
    refused: addsCapability,
    webhookOnly: 'an image that no container runs may name root as its user, so that its copy gets a user of our choice',
  },
  {
    name: 'restricted',
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    rules: [],
    spec: pair({ securityContext: nonRoot }, { securityContext: closed }),
    refused: { spec: pair(), says: /violates PodSecurity "restricted/ },
  },
  {
    name: 'baseline',
    labels: { 'pod-security.kubernetes.io/enforce': 'baseline' },
    rules: [],
    spec: pair(),
    refused: { spec: pair({ hostNetwork: true }), says: /violates PodSecurity "baseline/ },
  },
  {
    name: 'capabilities',
    rules: policy('capabilities', [
      [`variables.all.all(each, each.?securityContext.?capabilities.?add.orValue([]).size() == 0)`, 'no capability may be added'],
    ]),
    spec: pair({ securityContext: { runAsUser: 0 } }),
    refused: { spec: pair({}, { securityContext: { capabilities: { add: ['CHOWN'] } } }), says: /no capability may be added/ },
  },
  {
    name: 'limits',
    rules: [
      limitRange('limits', {
        min: { cpu: '50m', memory: '64Mi' },
        max: { cpu: '2', memory: '2Gi' },
        defaultRequest: { cpu: '50m', memory: '64Mi' },
        default: { cpu: '1', memory: '128Mi' },
      }),
    ],
    spec: pair(),
    refused: { spec: pair({}, small), says: /minimum cpu usage per Container is 50m/ },
  },
  {
    name: 'ratio',
    rules: [limitRange('ratio', { maxLimitRequestRatio: { cpu: '2', memory: '1' } })],
    spec: pair({}, asking({ cpu: '50m', memory: '64Mi' }, { cpu: '100m', memory: '64Mi' })),
    refused: { spec: pair({}, small), says: /ratio/ },
  },
  {
    // Exactly as much as the Pod itself asks for, and not for two of them.
    name: 'quota',
    rules: [
      quota('quota', {
        'requests.cpu': '20m',
        'requests.memory': '128Mi',
        'requests.ephemeral-storage': '32Mi',
        'limits.cpu': '2',
        'limits.memory': '256Mi',
        'limits.ephemeral-storage': '128Mi',
      }),
    ],
    spec: pair(
      {},
      asking(
        { cpu: '10m', memory: '64Mi', 'ephemeral-storage': '16Mi' },
        { cpu: '1', memory: '128Mi', 'ephemeral-storage': '64Mi' },
      ),
    ),
    refused: { spec: pair(), says: /must specify/ },
  },
  {
    name: 'guaranteed',
    rules: [],
    spec: pair({}, asking({ cpu: '50m', memory: '64Mi' }, { cpu: '50m', memory: '64Mi' })),
  },
  {
    name: 'pod-level',
    rules: [],
    spec: pair({ resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '100m', memory: '128Mi' } } }),
  },
];

/** Of Pods in the house, init containers and all. */
function policy(house: string, rules: readonly Rule[]): KubernetesObject[] {
  const name = `e2e-house-${house}`;
  const validations = rules.map(([expression, message]) => ({ expression, message }));
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: matching(house),
        variables: [{ name: 'all', expression: 'object.spec.containers + object.spec.?initContainers.orValue([])' }],
        validations,
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** As its admission does it, before webhooks are asked: what a container does not say of its security it gets. */
function givenLikeOpenShift(house: string): KubernetesObject[] {
  const name = `e2e-house-${house}`;
  const given = (list: string) => {
    const add = (unless: string, field: string, value: string) => {
      const path = `'/spec/${list}/' + string(index) + '/securityContext${field}'`;
      return `(object.spec.${list}[index].?securityContext${unless}.hasValue() ? [] : [JSONPatch{op: 'add', path: ${path}, value: ${value}}])`;
    };
    const type = `Object.spec.${list}.securityContext`;
    const all = [
      add('', '', `${type}{}`),
      add('.?runAsUser', '/runAsUser', String(randomUser)),
      add('.?runAsNonRoot', '/runAsNonRoot', 'true'),
      add('.?allowPrivilegeEscalation', '/allowPrivilegeEscalation', 'false'),
      add('.?capabilities', '/capabilities', `${type}.capabilities{drop: ['ALL']}`),
    ];
    return `(has(object.spec.${list}) ? lists.range(object.spec.${list}.size()) : []).map(index, ${all.join(' + ')}).flatten()`;
  };
  const ofPod = `[JSONPatch{op: 'add', path: '/spec/securityContext', value: Object.spec.securityContext{
    fsGroup: ${randomUser},
    seccompProfile: Object.spec.securityContext.seccompProfile{type: 'RuntimeDefault'}
  }}]`;
  const expression = [ofPod, given('containers'), given('initContainers')].join(' + ');
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: matching(house),
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}

function matching(house: string): Record<string, unknown> {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespaceOf({ name: house }) } },
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
  };
}

function limitRange(house: string, limits: Record<string, unknown>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'house', namespace: namespaceOf({ name: house }) },
    spec: { limits: [{ type: 'Container', ...limits }] },
  };
}

function quota(house: string, hard: Record<string, string>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'house', namespace: namespaceOf({ name: house }) },
    spec: { hard },
  };
}
