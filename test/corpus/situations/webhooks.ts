/** Webhooks, conversions and aggregated APIs whose backend went first. */
import { authorityOf, clientConfig, custom, definition, every, idle, object, operator, webhookConfiguration } from '../pieces.ts';
import type { Place, Situation } from '../situation.ts';

const reads = (place: Place) => [{ groups: [place.group], resources: ['*'], verbs: ['get', 'list', 'watch'] }];

/**
 * Helm 3 deletes kinds that it does not know by their names, and `Probe` comes before `ValidatingWebhookConfiguration`;
 * Helm 4 deletes webhooks first.
 */
const judgesDeletions: Situation = {
  key: 'judges-deletions',
  says: 'A webhook judges deletions too, and its operator is gone when the custom resources are to go',
  reported: ['open-policy-agent/gatekeeper#1769', 'VictoriaMetrics/helm-charts#1091'],
  crds: (place) => [definition(place, 'Probe')],
  chart: (place) => [
    ...operator(place, reads(place), { answers: true }),
    webhookConfiguration(place, {
      rules: [{ operations: ['DELETE'], apiGroups: [place.group], apiVersions: ['*'], resources: ['*'] }],
    }),
    custom(place, 'Probe', 'main'),
  ],
  does: () => ({ answers: true }),
  runs: [
    { tool: 'helm3', foretold: { outcome: 'failed', errors: ['webhook-blocks'] } },
    { tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } },
  ],
};

/** The same with `failurePolicy: Ignore`: nothing is stopped. */
const ignored: Situation = {
  ...judgesDeletions,
  key: 'ignored-webhook',
  says: 'A webhook that may be ignored stops nothing',
  reported: [],
  chart: (place) => [
    ...operator(place, reads(place), { answers: true }),
    webhookConfiguration(place, {
      failurePolicy: 'Ignore',
      rules: [{ operations: ['DELETE'], apiGroups: [place.group], apiVersions: ['*'], resources: ['*'] }],
    }),
    custom(place, 'Probe', 'main'),
  ],
  runs: [{ tool: 'helm3', foretold: { outcome: 'succeeded', errors: [] } }],
};

/**
 * In no manifest: the controller registers its webhook when it starts. It judges the ConfigMaps of another namespace.
 */
const madeAtRunTime: Situation = {
  key: 'made-at-run-time',
  says: 'A webhook that the controller made itself outlives it, and refuses what it was to judge',
  reported: ['kyverno/kyverno#2623', 'kyverno/kyverno#9551'],
  chart: (place) =>
    operator(
      place,
      [{ groups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations'], verbs: every }],
      { answers: true },
    ),
  does: (place) => ({
    answers: true,
    makes: [
      webhookConfiguration(place, {
        rules: [{ operations: ['CREATE', 'UPDATE', 'DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': place.elsewhere } },
      }),
    ],
  }),
  untilThere: ({ name }) => [`ValidatingWebhookConfiguration.admissionregistration.k8s.io/${name}-admission`],
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: ['webhook-blocks'] } }],
};

/**
 * Two versions, and a webhook that turns one into the other. The definition stays, as those of `crds/` do; what is
 * stored can no longer be read.
 */
const conversion: Situation = {
  key: 'conversion',
  says: 'The webhook that converts custom resources goes, and they cannot be reached any more',
  reported: ['cert-manager/cert-manager#2914'],
  crds: (place) => [
    definition(place, 'Issuer', {
      versions: ['v1', 'v2'],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: clientConfig(place, '/convert') },
      },
    }),
  ],
  chart: (place) => operator(place, reads(place), { answers: true }),
  after: (place) => [custom(place, 'Issuer', 'main', { namespace: place.elsewhere })],
  does: () => ({ answers: true }),
  runs: [{ tool: 'helm4', foretold: { outcome: 'succeeded', errors: [], warnings: ['conversion-backend-gone'] } }],
};

/** An aggregated API, as metrics adapters register them. */
const aggregatedApi: Situation = {
  key: 'aggregated-api',
  says: 'An aggregated API whose Service went with its namespace keeps namespaces from ending; Helm deletes it in time',
  reported: ['kedacore/keda#1448'],
  chart: (place) => [
    ...operator(place, [{ groups: [''], resources: ['pods'], verbs: ['get', 'list'] }], { answers: true }),
    // Ends long after the operator, when nothing answers for the API any more: the namespace is looked through for the
    // last time then.
    idle('Deployment', place.namespace, 'slow', {
      pod: { terminationGracePeriodSeconds: 30 },
      container: { lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '-e', 'setTimeout(() => {}, 15000)'] } } } },
    }),
    object('apiregistration.k8s.io/v1', 'APIService', undefined, `v1.${place.group}`, {
      spec: {
        group: place.group,
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle: authorityOf(place),
        service: { namespace: place.namespace, name: 'operator', port: 443 },
      },
    }),
  ],
  does: () => ({ answers: true }),
  alone: true,
  runs: [
    { tool: 'helm4', foretold: { outcome: 'succeeded', errors: [] } },
    { tool: 'namespace', foretold: { outcome: 'hangs', errors: ['api-service-blocks'] } },
  ],
};

export const webhooks: readonly Situation[] = [judgesDeletions, ignored, madeAtRunTime, conversion, aggregatedApi];
