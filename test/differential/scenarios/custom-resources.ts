/** CustomResourceDefinitions and what goes with them. */
import {
  apps,
  definition,
  definitionRef,
  gone,
  held,
  map,
  mapRef,
  namespaceRef,
  ownedBy,
  ref,
  release,
  widget,
  widgetRef,
} from '../objects.ts';
import { activation, policy } from '../policies.ts';
import type { Scenario } from '../scenario.ts';
import { clientConfig, configuration, emptyService, hook, webhookServer } from '../webhook-server.ts';

const group = 'NS.example.com';
const conversion = {
  strategy: 'Webhook',
  webhook: {
    clientConfig: { ...clientConfig, service: { ...clientConfig.service, path: '/convert' } },
    conversionReviewVersions: ['v1'],
  },
};

export const customResources: Scenario[] = [
  {
    name: 'The deletion of a definition takes its custom resources along and waits for their finalizers',
    given: [definition(), widget('free'), widget('held', held)],
    steps: [
      { delete: definitionRef, propagation: 'Foreground' },
      { read: definitionRef, path: ['metadata', 'finalizers'] },
      { until: widgetRef('free'), is: 'gone' },
      { create: widget('late') },
      { ask: widgetRef('held') },
      release(widgetRef('held')),
      { until: definitionRef, is: 'gone' },
    ],
    order: [
      ['gone Widget/free', 'gone Widget/held'],
      ['terminating CustomResourceDefinition/widgets.NS.example.com', 'terminating Widget/held'],
    ],
  },
  {
    name: 'What a policy would refuse goes with its definition without being asked about',
    given: [definition(), widget('one'), ...policy('widgets', { expression: 'false', message: 'kept' }, { group })],
    steps: [activation, { delete: widgetRef('one') }, ...gone(definitionRef)],
  },
  {
    name: 'What a dead webhook would refuse goes with its definition without being asked about',
    given: [
      definition(),
      widget('one'),
      emptyService,
      configuration('Validating', hook('guard', { operations: ['DELETE'], apiGroups: [group], resources: ['widgets'] })),
    ],
    steps: [{ pass: 1_500 }, { delete: widgetRef('one') }, ...gone(definitionRef)],
  },
  {
    name: 'A dead webhook stops the removal of a finalizer from a custom resource whose definition goes',
    given: [
      definition(),
      widget('held', held),
      emptyService,
      configuration('Validating', hook('guard', { operations: ['UPDATE'], apiGroups: [group], resources: ['widgets'] })),
    ],
    steps: [
      { pass: 1_500 },
      { delete: definitionRef },
      { until: widgetRef('held'), is: 'terminating' },
      release(widgetRef('held')),
      { delete: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: 'NS-hooks' } },
      { pass: 1_500 },
      release(widgetRef('held')),
      { until: definitionRef, is: 'gone' },
    ],
  },
  {
    name: 'A conversion webhook that is gone keeps custom resources of other versions out of reach',
    given: [definition(['v1', 'v2'], { conversion }), ...webhookServer(), widget('one'), widget('two')],
    steps: [
      // kube-proxy knows of a ready Pod a moment later.
      { pass: 2_000 },
      { ask: widgetRef('one', 'v2') },
      { delete: apps('Deployment', 'hooks') },
      { untilNone: { apiVersion: 'v1', kind: 'Pod' } },
      { pass: 2_000 },
      { ask: widgetRef('one', 'v2') },
      { delete: widgetRef('one', 'v2') },
      { ask: widgetRef('one') },
      { delete: widgetRef('one') },
      { delete: ref('v1', 'Service', 'hooks') },
      { pass: 500 },
      { ask: widgetRef('two', 'v2') },
      ...gone(definitionRef),
    ],
  },
  {
    name: 'A finalizer of an operator that died with its namespace holds the namespace',
    given: [definition(), widget('one', held), map('one')],
    steps: [
      { delete: namespaceRef },
      { until: mapRef('one'), is: 'gone' },
      { until: widgetRef('one'), is: 'terminating' },
      { pass: 1_000 },
      release(widgetRef('one')),
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'A policy with custom resources as parameters guards while one exists',
    given: [
      definition(),
      widget('one'),
      map('one'),
      ...policy(
        'configmaps',
        { expression: 'false', messageExpression: "'still in use by ' + params.metadata.name", reason: 'Forbidden' },
        {
          paramKind: { apiVersion: `${group}/v1`, kind: 'Widget' },
          paramRef: { selector: {}, parameterNotFoundAction: 'Allow' },
        },
      ),
    ],
    steps: [activation, { delete: mapRef('one') }, { delete: widgetRef('one') }, { pass: 1_000 }, { delete: mapRef('one') }],
  },
  {
    name: 'The children of a custom resource are collected when it went with its definition',
    given: [definition(), widget('one'), map('child', ownedBy(widgetRef('one'), { controller: true, blockOwnerDeletion: true }))],
    steps: [{ pass: 35_000 }, ...gone(definitionRef), { until: mapRef('child'), is: 'gone' }],
    order: [['gone Widget/one', 'gone ConfigMap/child']],
  },
];
