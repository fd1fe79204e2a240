/**
 * An APIService that does not answer breaks discovery, and the namespace controller deletes nothing it cannot discover:
 * every namespace deletion of the cluster waits.
 */
import { fieldAt } from '../../objects/fields.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { helmResourcePolicyAnnotation } from '../../objects/names.ts';
import type { Refused } from '../play/outcome.ts';
import { type Backend, backendEvidence, backendOf, refusalEvidence } from './backends.ts';
import { deployment, documents, keepAnnotations, service } from './examples.ts';
import { annotate, kubectlDelete } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf, sorted } from './words.ts';

const group = 'apiregistration.k8s.io';

export const meta: RuleMeta = {
  id: 'api-service-blocks',
  name: 'An APIService without backend blocks namespaces',
  means: [
    'When the backend of an APIService is gone and the APIService is not, the API server no longer knows which resources exist. The namespace controller then stops in every namespace that is being deleted, anywhere in',
    'the cluster. Helm deletes APIServices first, so a plain `helm uninstall` does not have this fault. Deleting the namespace of the backend has it, and so has an APIService that is kept or that somebody else created.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['webhook-blocks'],
  fails: {
    says: 'The annotation keeps the APIService; nothing keeps its backend.',
    yaml: apiService(keepAnnotations),
  },
  passes: { says: 'Helm deletes the APIService before its backend.', yaml: apiService('') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  return input.world.ofKind(group, 'APIService').flatMap((service): Found[] => {
    const id = input.world.idOf(service);
    const backend = backendOf(fieldAt(service, 'spec', 'service'), input);
    const refused = input.play.refused.filter(({ by, overcome }) => by === id && !overcome);
    const outlives = stays(id, input) && backend?.goes === true;
    return isExplained('left', id) || (refused.length === 0 && !outlives)
      ? []
      : [findingOf({ id, group: fieldAt(service, 'spec', 'group'), backend, refused }, input)];
  });
}

function stays(id: ObjectId, input: RuleInput): boolean {
  return input.goneAt(id) === undefined && (input.left.has(id) || !input.isDeleted(id));
}

type Case = { id: ObjectId; group: unknown; backend: Backend | undefined; refused: readonly Refused[] };

function findingOf({ id, group: served, backend, refused }: Case, input: RuleInput): Found {
  const namespaces = hangingNamespaces(
    input,
    refused.map((each) => each.id),
  );
  const hang = namespaces.length > 0;
  return {
    severity: input.live || input.given.has(id) ? 'error' : 'warning',
    title: `${describeId(id)} outlives its backend and blocks the deletion of ${hang ? namesOf(namespaces) : 'every namespace'}`,
    objects: [id, ...namespaces, ...(backend ? [backend.service, ...backend.workloads] : [])],
    evidence: [
      input.evidence(
        id,
        input.left.get(id)?.because ?? 'not part of what is deleted, or deleted after its backend',
        'spec.service',
      ),
      ...refusalEvidence(id, refused, input),
      ...(backend ? backendEvidence(backend, input) : []),
    ],
    consequence: `${hang ? `${namesOf(namespaces)} and every` : 'Every'} namespace that anybody deletes stays Terminating until the APIService is gone, because discovery of ${String(served)} fails.`,
    remedies: [
      {
        says: 'Delete the APIService while its backend runs.',
        steps: kubectlDelete('before', [id], input),
        loses: `the API group ${String(served)}, which has no backend after the uninstall`,
      },
      ...(keptByHelm(id, input)
        ? [
            {
              says: 'Let the APIService go with the release: remove the policy that keeps it.',
              steps: [annotate(id, { [helmResourcePolicyAnnotation]: undefined })],
            },
          ]
        : []),
    ],
    explains: ends('left', [id, ...namespaces]),
  };
}

function keptByHelm(id: ObjectId, { given, helm }: RuleInput): boolean {
  const annotations = given.get(id)?.object.metadata.annotations;
  return helm && annotations?.[helmResourcePolicyAnnotation] !== undefined;
}

function hangingNamespaces({ left }: RuleInput, refused: readonly ObjectId[]): ObjectId[] {
  const stuck = [...left.values()].filter(
    ({ id, why, because }) => why === 'stuck' && parseId(id).kind === 'Namespace' && /discover|APIService/i.test(because),
  );
  return sorted([...stuck.map(({ id }) => id), ...refused.filter((id) => parseId(id).kind === 'Namespace')]);
}

function apiService(metadata: string): string {
  return documents(
    service('metrics'),
    deployment('metrics'),
    `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.widgets.example.com${metadata}}
spec:
  group: widgets.example.com
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {name: metrics, namespace: shop}
`,
  );
}
