/**
 * What programs make outside of the cluster: DNS records, load balancers, volumes, accounts of a cloud. They are
 * deleted by these programs alone, and only while they run.
 */
import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { isHousekeeping } from '../../knowledge/rights.ts';
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { account, deployment, documents } from './examples.ts';
import { advise } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, listed, namesOf, sorted } from './words.ts';

const watching = '{apiGroups: ["", networking.k8s.io], resources: [services, ingresses], verbs: [get, list, watch]}';

export const meta: RuleMeta = {
  id: 'outside-left',
  name: 'What was made outside of the cluster stays',
  means: [
    'Some controllers create things outside of the cluster for objects in it: DNS records for Ingresses, load balancers for Services, buckets or databases for custom resources. No uninstall deletes them. The controller does when',
    'the object goes. Once the controller is gone nobody does: they stay, serve traffic or cost money.',
    'The sign is a cloud or a provider in the arguments or the environment of a program that watches objects of the cluster.',
  ].join(' '),
  severity: 'note',
  fails: {
    says: 'The program watches Services and Ingresses for a DNS provider.',
    yaml: documents(
      account('names', watching),
      deployment('names', 'serviceAccountName: names').replace(':1}', ':1, args: [--provider=aws]}'),
    ),
  },
  passes: {
    says: 'The program names no provider.',
    yaml: documents(account('names', watching), deployment('names', 'serviceAccountName: names')),
  },
};

export function find(input: RuleInput): Found[] {
  // What a driver of volumes leaves is told by another rule.
  if (input.subject.objects.some(({ object }) => object.kind === 'CSIDriver')) return [];
  const cases = input.world.workloads
    .filter(({ id, object }) => input.isDeleted(id) && object.kind !== 'Job' && object.kind !== 'CronJob')
    .flatMap((workload): Case[] => {
      const outside = outsideOf(workload, input);
      const watched = outside.length === 0 ? [] : watchedBy(workload, input);
      return watched.length === 0 ? [] : [{ workload, outside, watched }];
    });
  if (cases.length === 0) return [];
  const ids = sorted(cases.map(({ workload }) => workload.id));
  const watched = [...new Set(cases.flatMap((each) => each.watched))].sort();
  return [
    {
      severity: 'note',
      title: `What ${namesOf(ids)} created outside of the cluster stays`,
      objects: ids,
      evidence: cases.flatMap(({ outside }) => outside.slice(0, 3)).slice(0, 6),
      consequence: `DNS records, load balancers, volumes or accounts that ${agree(ids, 'it', 'they')} created outside of the cluster stay: they are deleted only while ${agree(ids, 'it runs', 'they run')}. ${agree(ids, 'It acts', 'They act')} for ${listed(watched, 8)}. It depends on what was created, which no object shows.`,
      remedies: [
        {
          says: 'Delete first what something outside was made for, and wait until it is gone there.',
          steps: [
            advise(
              'outside-of-the-cluster',
              'Before the uninstall, delete the objects that have a counterpart outside. Note down what must stay: afterwards nothing in the cluster names it.',
            ),
          ],
        },
      ],
      bookend: 'same',
    },
  ];
}

type Case = { workload: Workload; outside: readonly FindingEvidence[]; watched: readonly string[] };

/** Arguments and variables that name a provider, or who it is there. */
function outsideOf({ id, podSpec, podSpecPath }: Workload, input: RuleInput): FindingEvidence[] {
  return listOf(podSpec.containers).flatMap((container, index) => {
    const path = `${podSpecPath}.containers[${index}]`;
    const words = [...textsOf(fieldAt(container, 'command')), ...textsOf(fieldAt(container, 'args'))];
    const variables = listOf(fieldAt(container, 'env')).map((variable) => textOf(fieldAt(variable, 'name')) ?? '');
    return [
      ...words
        .filter((word) => providers.test(word))
        .map((word) => input.evidence(id, 'names a provider outside of the cluster', `${path}.args`, word)),
      ...variables
        .filter((name) => credentials.test(name))
        .map((name) => input.evidence(id, 'has what a cloud asks for', `${path}.env`, name)),
    ];
  });
}

const providers =
  /^--?(?:cloud-)?provider[=\s](?!.*(?:inmemory|in-memory|none|fake|kind)\b)\S+|^--?(?:aws|azure|gcp|google|oci|alibaba|vsphere)-[\w-]+=\S+/;
const credentials =
  /^(?:AWS_(?:REGION|DEFAULT_REGION|ACCESS_KEY_ID|ROLE_ARN)|AZURE_(?:CLIENT_ID|TENANT_ID|SUBSCRIPTION_ID)|GOOGLE_APPLICATION_CREDENTIALS|GC[EP]_PROJECT\w*|(?:CF|CLOUDFLARE)_API_\w+|DO_TOKEN|DIGITALOCEAN_\w+|HCLOUD_TOKEN|LINODE_TOKEN|VULTR_API_KEY|OS_AUTH_URL|VSPHERE_\w+)$/;

/** Kinds that it watches, without what every controller watches for itself. */
function watchedBy({ namespace, serviceAccount }: Workload, input: RuleInput): string[] {
  const rights = input
    .rightsOf(`${namespace}/${serviceAccount}`)
    .filter((right) => right.verbs.some((verb) => verb === 'watch' || verb === '*') && !isHousekeeping(right));
  const named = rights.flatMap(({ apiGroups, resources }) =>
    resources
      .filter((resource) => !resource.includes('/') && !ordinary.has(resource))
      .flatMap((resource) => apiGroups.map((group) => (group === '' ? resource : `${resource}.${group}`))),
  );
  return [...new Set(named)].sort();
}

const ordinary = new Set([
  '*',
  'secrets',
  'configmaps',
  'namespaces',
  'pods',
  'endpoints',
  'events',
  'leases',
  'serviceaccounts',
]);
