/**
 * Without its conversion webhook a CustomResourceDefinition of several versions serves its custom resources only in the
 * version that they are stored in.
 */
import { fieldAt, listOf } from '../../objects/fields.ts';
import { describeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { definedBy } from '../../objects/scopes.ts';
import type { Refused } from '../play/outcome.ts';
import { type Backend, backendEvidence, backendOf, refusalEvidence } from './backends.ts';
import { documents, keepAnnotations, webhookServer, widgetCrd } from './examples.ts';
import { kindOf, resourcesByCrd } from './finalizer-servers.ts';
import { change, named, run } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, namesOf, sorted } from './words.ts';

const field = 'spec.conversion.webhook.clientConfig.service';

export const meta: RuleMeta = {
  id: 'conversion-backend-gone',
  name: 'A conversion webhook goes before its custom resources',
  means: [
    'A CustomResourceDefinition with several served versions may leave the conversion between them to a webhook. Once its backend is gone, nobody can read, list or delete custom resources in another version than the stored one:',
    'neither kubectl nor the garbage collector nor the namespace controller, so their namespaces hang. That lasts as long as the definition exists, because it is kept, is in `crds/`, or still has custom resources.',
    'Deleting a definition after its backend reads its custom resources once more, and may hang there.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['api-service-blocks'],
  fails: {
    says: 'The definition is kept, the backend of its conversion is not.',
    yaml: converting(true),
  },
  passes: {
    says: 'Only one version is served: nothing is ever converted.',
    yaml: converting(false),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const resources = resourcesByCrd(input);
  return input.world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition').flatMap((crd): Found[] => {
    const id = input.world.idOf(crd);
    const refused = input.play.refused.filter((each) => each.by === id && !each.overcome && !isExplained('left', each.id));
    const backend = converts(crd) ? backendOf(fieldAt(crd, ...field.split('.')), input) : undefined;
    const ones = resources.get(id)?.length ?? 0;
    const stays = outlives(crd, input);
    // A cluster that was looked at and has no custom resource has nothing to convert.
    const isAlone = backend?.goes === true && (stays || isLate(id, backend, input)) && (!input.live || ones > 0);
    return refused.length > 0 || isAlone ? [findingOf({ id, refused, backend, ones, stays }, input)] : [];
  });
}

/** It is still there in the end: kept, of `crds/`, of somebody else, or stuck with custom resources that were seen. */
function outlives(crd: KubernetesObject, input: RuleInput): boolean {
  const id = input.world.idOf(crd);
  if (input.goneAt(id) !== undefined) return false;
  const { group, kind } = definedBy(crd);
  const own = [...input.left.values()].filter((each) => each.why === 'stuck' && kindOf(each.id) === `${group}/${kind}`);
  const isSupposed = own.length > 0 && !own.some((each) => input.isSeen(each.id));
  return !input.isDeleted(id) || (input.left.has(id) && !isSupposed);
}

/** It goes, but after its backend: its custom resources are read once more before they go. */
function isLate(id: ObjectId, { at }: Backend, input: RuleInput): boolean {
  const calledAt = input.calledAt(id);
  return calledAt !== undefined && at !== undefined && at < calledAt;
}

type Case = { id: ObjectId; refused: readonly Refused[]; backend: Backend | undefined; ones: number; stays: boolean };

function findingOf({ id, refused, backend, ones, stays }: Case, input: RuleInput): Found {
  const stuck = sorted(refused.map((each) => each.id));
  const harm = stays ? 'nobody can read its custom resources any more' : 'custom resources of an older version stop its deletion';
  return {
    severity: refused.some((each) => input.isSeen(each.id)) ? 'error' : 'warning',
    title: `${describeId(id)} outlives its conversion webhook: ${harm}`,
    objects: [id, ...stuck, ...(backend ? [backend.service, ...backend.workloads] : [])],
    evidence: [
      input.evidence(
        id,
        `several versions are served, and the webhook converts between them; ${input.left.get(id)?.because ?? (stays ? 'the definition stays' : 'the definition goes after it')}`,
        field,
      ),
      ...refusalEvidence(id, refused, input),
      ...(backend ? backendEvidence(backend, input) : []),
    ],
    consequence: stays
      ? consequence(stuck.length > 0 ? `Nobody can read or delete ${namesOf(stuck)}.` : '', ones, input)
      : `The definition stays Terminating where custom resources are stored in an older version: to delete them, the API server reads them first, and nothing converts them. It depends on ${stored(ones, input)}.`,
    remedies: [
      {
        says: 'Turn the conversion off before its webhook goes. This is safe only where the versions do not differ.',
        steps: [
          run('before', 'kubectl', 'patch', ...named([id], input), '--type=merge', '-p', JSON.stringify(withoutConversion)),
        ],
        loses: 'the conversion between the versions: fields that only one of them has are dropped',
      },
      ...(input.given.has(id)
        ? [
            {
              says: 'In the manifests, serve the versions without a webhook. This is safe only where they do not differ.',
              steps: [change(id, { path: ['spec', 'conversion'], value: { strategy: 'None' } })],
              loses: 'the conversion between the versions: fields that only one of them has are dropped',
            },
          ]
        : []),
    ],
    explains: ends('left', stuck),
  };
}

/** The API server refuses `None` beside a webhook. */
const withoutConversion = { spec: { conversion: { strategy: 'None', webhook: null } } };

function converts(crd: KubernetesObject): boolean {
  const served = listOf(fieldAt(crd, 'spec', 'versions')).filter((version) => fieldAt(version, 'served') === true);
  return fieldAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook' && served.length > 1;
}

function consequence(stuck: string, ones: number, input: RuleInput): string {
  const later = `${stuck} From then on the API server refuses to read or delete custom resources in another version than the stored one, and their namespaces stay Terminating.`;
  return `${later} It depends on ${stored(ones, input)}.`.trim();
}

function stored(ones: number, { live }: RuleInput): string {
  return live
    ? `which version the ${count(ones, 'custom resource')} ${agree(ones, 'is', 'are')} stored in`
    : 'whether there are custom resources stored in another version';
}

function converting(served: boolean): string {
  const service = '{namespace: shop, name: widget-webhook, path: /convert}';
  const conversion = `conversion:
  strategy: Webhook
  webhook: {conversionReviewVersions: [v1], clientConfig: {service: ${service}}}`;
  const older = `    - {name: v1beta1, served: ${served}, storage: false, schema: {openAPIV3Schema: {type: object}}}\n`;
  return documents(webhookServer, `${widgetCrd(keepAnnotations, conversion)}${older}`);
}
