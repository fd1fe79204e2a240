/**
 * Webhook configurations that stand in no manifest, because a controller makes them when it runs: they stay when it is
 * gone, and refuse.
 */

import type { Workload } from '../../graph/edge.ts';
import { allows, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { deployment } from './examples.ts';
import { hookRuns } from './hook-runs.ts';
import type { Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf, sorted } from './words.ts';

const group = 'admissionregistration.k8s.io';
const resources = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

export const webhookMadeAtRunTime: Rule = {
  id: 'webhook-made-at-run-time',
  name: 'A controller makes webhooks that no uninstall knows',
  means: [
    'Some controllers register their webhooks themselves when they start. Such a configuration belongs to no release and often has no owner: after the uninstall it is still there, nothing answers behind it, and with',
    '`failurePolicy: Fail` it refuses whatever it was to judge, up to every Pod of the cluster. From manifests alone the right to create such configurations is all that shows it.',
  ].join(' '),
  fails: { says: 'The controller may create webhook configurations, and serves something over TLS.', yaml: maker('create, ') },
  passes: { says: 'It may only put its certificate into those that are there.', yaml: maker('') },
  find(input) {
    if (input.live) return [];
    const rights = rightsByAccount(input.world);
    const makers = input.world.workloads
      .filter((workload) => input.isDeleted(workload.id) && servesRequests(workload, input))
      .flatMap((workload) => {
        const right = rightToMake(rights(`${workload.namespace}/${workload.serviceAccount}`));
        return right === undefined || deletedByHook(rights, input) || allGiven(right, input) ? [] : [{ workload, right }];
      });
    if (makers.length === 0) return [];
    const ids = sorted(makers.map(({ workload }) => workload.id));
    const roles = sorted(makers.map(({ right }) => right.role));
    return [
      {
        severity: 'warning',
        title: `${namesOf(ids)} may make webhook configurations, which stay when ${ids.length === 1 ? 'it is' : 'they are'} gone`,
        objects: [...ids, ...roles],
        evidence: [
          ...makers.map(({ right }) =>
            input.evidence(right.role, 'the right to create webhook configurations', right.field, right.resources.join(', ')),
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
          'A configuration that it made is not part of the release: it stays, nothing answers, and with failurePolicy Fail the API server refuses what it should judge. It depends on whether the controller makes one, and whether it deletes it when it stops.',
        remedy:
          'See what is there: `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations`; `bookend preview RELEASE` on the live cluster tells which of them outlive their backend. In the chart: delete them in a pre-delete hook, after the controller was scaled to zero.',
      },
    ];
  },
};

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
    const https = listOf(fieldAt(object, 'spec', 'ports')).some(
      (port) => fieldAt(port, 'port') === 443 || /https|webhook/.test(textOf(fieldAt(port, 'name')) ?? ''),
    );
    return https && selector.length > 0 && selector.every(([key, value]) => podLabels[key] === value);
  });
}

/** By its script, or by a right that a clean-up hook has for nothing else. */
function deletedByHook(rights: (account: string) => readonly Right[], input: RuleInput): boolean {
  return hookRuns(input).some(({ account, calls }) => {
    if (calls.some(({ verb, types }) => verb === 'delete' && types.some((type) => /webhookconfigurations?(\.|$)/i.test(type))))
      return true;
    return calls.length === 0 && resources.some((resource) => allows(rights(account), { verb: 'delete', group, resource }));
  });
}

function maker(create: string): string {
  return `${deployment('widget-policy', 'serviceAccountName: widget-policy')}---
apiVersion: v1
kind: Service
metadata: {name: widget-policy, namespace: shop}
spec: {selector: {app: widget-policy}, ports: [{port: 443}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: widget-policy, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widget-policy}
rules:
  - {apiGroups: [${group}], resources: [${resources.join(', ')}], verbs: [${create}get, list, watch, update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: widget-policy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: widget-policy}
subjects: [{kind: ServiceAccount, name: widget-policy, namespace: shop}]
`;
}
