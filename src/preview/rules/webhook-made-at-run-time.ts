/**
 * Webhook configurations that are in no manifest, because a controller creates them when it runs: they stay when it is
 * gone, and refuse.
 */

import type { Workload } from '../../graph/edge.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { account, deployment, documents, service } from './examples.ts';
import { hookRuns } from './hook-runs.ts';
import { look, previewLive } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

const group = 'admissionregistration.k8s.io';
const resources = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

export const meta: RuleMeta = {
  id: 'webhook-made-at-run-time',
  name: 'A controller creates webhooks that no uninstall deletes',
  means: [
    'Some controllers create their webhook configurations when they start. Such a configuration belongs to no release and often has no owner: it outlives the uninstall, nothing answers behind it, and with',
    '`failurePolicy: Fail` it refuses whatever it should check, up to every Pod of the cluster. In manifests alone only the permission to create such configurations shows it.',
  ].join(' '),
  severity: 'warning',
  fails: { says: 'The controller may create webhook configurations, and serves something over TLS.', yaml: maker('create, ') },
  passes: { says: 'It may only put its certificate into those that are there.', yaml: maker('') },
};

export function find(input: RuleInput): Found[] {
  if (input.live) return [];
  const makers = input.world.workloads
    .filter((workload) => input.isDeleted(workload.id) && servesRequests(workload, input))
    .flatMap((workload) => {
      const right = rightToMake(input.rightsOf(`${workload.namespace}/${workload.serviceAccount}`));
      return right === undefined || deletedByHook(input) || allGiven(right, input) ? [] : [{ workload, right }];
    });
  if (makers.length === 0) return [];
  const ids = sorted(makers.map(({ workload }) => workload.id));
  const roles = sorted(makers.map(({ right }) => right.role));
  const live = previewLive(input, 'shows which configurations outlive their backend, and what to delete');
  return [
    {
      severity: 'warning',
      title: `${namesOf(ids)} may create ${kindsMade(makers.map(({ right }) => right))}, which stay after ${agree(ids, 'it is', 'they are')} gone`,
      objects: [...ids, ...roles],
      evidence: [
        ...makers.map(({ right }) =>
          input.evidence(right.role, 'the permission to create webhook configurations', right.field, right.resources.join(', ')),
        ),
        ...makers.map(({ workload }) =>
          input.evidence(
            workload.id,
            'has it through its account, and is reached through a Service',
            workload.serviceAccountPath,
            workload.serviceAccount,
          ),
        ),
      ],
      consequence:
        'The API server refuses what the webhook should check once its backend is gone, with failurePolicy Fail: a configuration that the controller created is not part of the release and stays. It depends on whether the controller creates one, and whether it deletes it when it stops.',
      remedies: [{ ...live, steps: [look('before', 'kubectl', 'get', resources.join(',')), ...live.steps] }],
    },
  ];
}

/** In the words of the API: `MutatingWebhookConfigurations and ValidatingWebhookConfigurations`. */
function kindsMade(rights: readonly Right[]): string {
  const made = ['Mutating', 'Validating'].filter((kind) =>
    rights.some(({ resources: named }) => named.includes(`${kind.toLowerCase()}webhookconfigurations`)),
  );
  return made.map((kind) => `${kind}WebhookConfigurations`).join(' and ');
}

function rightToMake(rights: readonly Right[]): Right | undefined {
  return rights.find(
    (right) =>
      !right.resources.includes('*') && resources.some((resource) => allows([right], { verb: 'create', group, resource })),
  );
}

/** Only the names of configurations that the chart brings: it makes those again, nothing else. */
function allGiven({ resourceNames: names }: Right, { world }: RuleInput): boolean {
  const known = ['Validating', 'Mutating']
    .flatMap((kind) => world.ofKind(group, `${kind}WebhookConfiguration`))
    .map(({ metadata }) => metadata.name);
  return names.length > 0 ? names.every((name) => known.includes(name)) : known.length > 0;
}

/** Selected by a Service of the release: what only runs in a loop has nothing that could be called. */
function servesRequests({ namespace, podLabels }: Workload, { world }: RuleInput): boolean {
  return world.inNamespace(namespace).some((object) => {
    const selector = object.kind === 'Service' ? Object.entries(Object(fieldAt(object, 'spec', 'selector'))) : [];
    const serves = /webhook/.test(object.metadata.name) || listOf(fieldAt(object, 'spec', 'ports')).some(isForWebhooks);
    return serves && selector.length > 0 && selector.every(([key, value]) => podLabels[key] === value);
  });
}

/** 9443 is the port of the webhook server of controller-runtime. */
function isForWebhooks(port: unknown): boolean {
  const number = fieldAt(port, 'port');
  const target = fieldAt(port, 'targetPort');
  const names = [fieldAt(port, 'name'), target].map((name) => textOf(name) ?? '');
  return number === 443 || number === 9443 || target === 9443 || names.some((name) => /https|webhook/.test(name));
}

/** By its script, or by a right that a clean-up hook has for nothing else. */
function deletedByHook(input: RuleInput): boolean {
  return hookRuns(input).some(({ account, calls }) => {
    if (calls.some(({ verb, types }) => verb === 'delete' && types.some((type) => /webhookconfigurations?(\.|$)/i.test(type))))
      return true;
    return (
      calls.length === 0 && resources.some((resource) => allows(input.rightsOf(account), { verb: 'delete', group, resource }))
    );
  });
}

function maker(create: string): string {
  return documents(
    deployment('widget-policy', 'serviceAccountName: widget-policy'),
    service('widget-policy'),
    account(
      'widget-policy',
      `{apiGroups: [${group}], resources: [${resources.join(', ')}], verbs: [${create}get, list, watch, update]}`,
    ),
  );
}
