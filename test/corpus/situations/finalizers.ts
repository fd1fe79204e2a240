/** Finalizers that nobody serves any more, because their operator went first. */
import {
  account,
  custom,
  definition,
  every,
  idle,
  object,
  operator,
  owned,
  pluralOf,
  type Rules,
  serves,
  webhookConfiguration,
} from '../pieces.ts';
import type { Place, Situation } from '../situation.ts';

const kinds = ['Single', 'Agent', 'Alert', 'Scrape'];
const finalizerOf = ({ group }: Place) => `${group}/finalizer`;

const operatorRules = ({ group }: Place): Rules => [
  { groups: [group], resources: ['*'], verbs: ['*'] },
  { groups: [''], resources: ['serviceaccounts', 'configmaps', 'secrets', 'services'], verbs: every },
  { groups: ['apps'], resources: ['deployments'], verbs: every },
];

const judging = (place: Place, operations: string[]) =>
  webhookConfiguration(place, {
    rules: [{ operations, apiGroups: [place.group], apiVersions: ['*'], resources: ['*'] }],
  });

/** Of every kind one custom resource in the release: 4 custom resources and 20 children, with 24 finalizers. */
const manyFinalizers: Situation = {
  key: 'many-finalizers',
  says: 'An operator with a webhook goes, and the finalizers of its custom resources and of all that it made stay',
  reported: ['VictoriaMetrics/helm-charts#2726', 'VictoriaMetrics/helm-charts#1091', 'tigera/operator#2031'],
  crds: (place) => kinds.map((kind) => definition(place, kind)),
  chart: (place) => [
    ...operator(place, operatorRules(place), { answers: true }),
    judging(place, ['CREATE', 'UPDATE']),
    ...kinds.map((kind) => custom(place, kind, 'main')),
  ],
  does: (place) => ({
    answers: true,
    serves: kinds.map((kind) => ({
      apiVersion: `${place.group}/v1`,
      plural: pluralOf(kind),
      finalizer: finalizerOf(place),
      children: childrenOf(place, kind),
    })),
  }),
  untilThere: (place) => kinds.map((kind) => `Deployment.apps/${place.namespace}/${kind.toLowerCase()}-main`),
  runs: [
    { tool: 'helm4', foretold: { outcome: 'hangs', errors: ['operator-before-custom-resources'] } },
    // Helm 3 deletes the configuration last, and would leave it if it were broken off before.
    { tool: 'helm3', foretold: { outcome: 'hangs', errors: ['operator-before-custom-resources'], warnings: ['webhook-blocks'] } },
    { tool: 'namespace', foretold: { outcome: 'hangs', errors: ['operator-before-custom-resources', 'webhook-blocks'] } },
  ],
};

/** Everything that the operator makes of a custom resource carries its finalizer too. */
function childrenOf(place: Place, kind: string) {
  const name = `${kind.toLowerCase()}-NAME`;
  const metadata = { finalizers: [finalizerOf(place)], ...owned(place, kind) };
  return [
    object('v1', 'ServiceAccount', 'NAMESPACE', name, { metadata }),
    object('v1', 'ConfigMap', 'NAMESPACE', name, { metadata }),
    object('v1', 'Secret', 'NAMESPACE', name, { metadata }),
    object('v1', 'Service', 'NAMESPACE', name, { metadata, spec: { selector: { app: name }, ports: [{ port: 80 }] } }),
    idle('Deployment', 'NAMESPACE', name, { metadata }),
  ];
}

/** The operator and the definitions are the release's; a custom resource is somebody else's, in another namespace. */
const resourceElsewhere: Situation = {
  key: 'resource-elsewhere',
  says: 'An operator goes with its definitions, and the custom resource of another team hangs with its finalizer',
  reported: ['strimzi/strimzi-kafka-operator#11901', 'aws/karpenter#6870', 'crossplane/crossplane#4251', 'istio/istio#18815'],
  chart: (place) => [definition(place, 'Queue'), ...operator(place, operatorRules(place))],
  after: (place) => [custom(place, 'Queue', 'orders', { namespace: place.elsewhere })],
  does: (place) =>
    serves(place, 'Queue', [idle('Deployment', 'NAMESPACE', 'queue-NAME', { metadata: owned(place, 'Queue') })], {
      finalizer: finalizerOf(place),
      // Long enough that its Pod and its rights are gone before it lets the custom resource go.
      takesSeconds: 10,
    }),
  // kubectl deletes the definition first: the operator may still delete what it made before its rights are gone.
  chance: ({ elsewhere }) => [`lost Deployment.apps/${elsewhere}/queue-orders`],
  untilThere: ({ elsewhere }) => [`Deployment.apps/${elsewhere}/queue-orders`],
  runs: [
    { tool: 'helm4', foretold: { outcome: 'hangs', errors: ['custom-resources-wiped', 'operator-before-custom-resources'] } },
    { tool: 'kubectl', foretold: { outcome: 'hangs', errors: ['custom-resources-wiped', 'operator-before-custom-resources'] } },
  ],
};

/**
 * The operator pins the rights of its agent while it runs, so that they last as long as the agent, and goes without
 * letting go.
 */
const pinnedRights: Situation = {
  key: 'pinned-rights',
  says: 'Rights that an operator pinned with a finalizer stay terminating when it is gone',
  reported: ['tigera/operator#1710', 'projectcalico/calico#6629', 'kyverno/kyverno#11592'],
  chart: (place) => [
    ...account(place, 'agent', [{ groups: [''], resources: ['configmaps'], verbs: ['patch'] }]),
    ...operator(place, [
      { groups: [''], resources: ['serviceaccounts'], verbs: every },
      { groups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'], verbs: every },
    ]),
  ],
  does: (place) => ({ makes: [pinned(place)] }),
  untilThere: ({ namespace }) => [`ServiceAccount/${namespace}/agent`],
  runs: [{ tool: 'helm4', foretold: { outcome: 'hangs', errors: ['operator-before-custom-resources'] } }],
};

const pinned = (place: Place) =>
  object('v1', 'ServiceAccount', place.namespace, 'agent', { metadata: { finalizers: [`${place.group}/cni-protector`] } });

/**
 * What an operator made for itself, with a finalizer that is to protect it from people; nobody ever asked the operator
 * to let go.
 */
const protectedSecret: Situation = {
  key: 'protected-secret',
  says: 'A Secret that an operator made and protects keeps its namespace from ending',
  reported: ['rook/rook#6002', 'strimzi/strimzi-kafka-operator#11901'],
  chart: (place) => operator(place, [{ groups: [''], resources: ['secrets'], verbs: every }]),
  does: (place) => ({
    makes: [
      object('v1', 'Secret', place.namespace, 'monitors', {
        metadata: { finalizers: [`${place.group}/disaster-protection`] },
        data: { keyring: 'bm9uZQ==' },
      }),
    ],
  }),
  untilThere: ({ namespace }) => [`Secret/${namespace}/monitors`],
  runs: [{ tool: 'namespace', foretold: { outcome: 'hangs', errors: ['operator-before-custom-resources'] } }],
};

export const finalizers: readonly Situation[] = [manyFinalizers, resourceElsewhere, pinnedRights, protectedSecret];
