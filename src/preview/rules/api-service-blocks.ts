/**
 * An APIService that does not answer breaks discovery, and the namespace controller deletes nothing it cannot discover:
 * every namespace deletion of the cluster waits.
 */
import { fieldAt } from '../../objects/fields.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { backendEvidence, backendOf } from './backends.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { kubectlName, namesOf, seconds, sorted } from './words.ts';

const group = 'apiregistration.k8s.io';

export const apiServiceBlocks: Rule = {
  id: 'api-service-blocks',
  name: 'An APIService without backend blocks namespaces',
  means: [
    'When the backend of an APIService is gone and the APIService is not, the API server cannot say any more which resources there are. The namespace controller then stops in every namespace that is being deleted, anywhere in',
    'the cluster. Helm deletes APIServices first of all, so a plain `helm uninstall` does not have this fault; deleting the namespace of the backend has it, and so has an APIService that is kept or that somebody else made.',
  ].join(' '),
  fails: {
    says: 'The annotation keeps the APIService; nothing keeps its backend.',
    yaml: apiService('annotations: {helm.sh/resource-policy: keep}, '),
  },
  passes: { says: 'Helm deletes the APIService before its backend.', yaml: apiService('') },
  find(input, told) {
    const refusing = Map.groupBy(
      input.play.refused.filter(({ by, overcome }) => parseId(by).group === group && !overcome),
      ({ by }) => by,
    );
    return input.world.ofKind(group, 'APIService').flatMap((service): Found[] => {
      const id = input.world.idOf(service);
      const backend = backendOf(fieldAt(service, 'spec', 'service'), input);
      const refused = refusing.get(id) ?? [];
      const stays = input.goneAt(id) === undefined && (input.left.has(id) || !input.isDeleted(id));
      if (told.has(endOf('left', id)) || (refused.length === 0 && !(stays && backend?.goes))) return [];
      const namespaces = hangingNamespaces(
        input,
        refused.map((each) => each.id),
      );
      return [
        {
          severity: input.live || input.given.has(id) ? 'error' : 'warning',
          title: `${describeId(id)} outlives its backend${namespaces.length > 0 ? ` and blocks the deletion of ${namesOf(namespaces)}` : ' and blocks the deletion of every namespace'}`,
          objects: [id, ...namespaces, ...(backend ? [backend.service, ...backend.workloads] : [])],
          evidence: [
            input.evidence(
              id,
              input.left.get(id)?.because ?? 'not part of what is deleted, or deleted after its backend',
              'spec.service',
            ),
            ...refused
              .slice(0, 2)
              .map(({ at, who, message }) => input.evidence(id, `${who} is refused at ${seconds(at)}: ${message}`)),
            ...(backend ? backendEvidence(backend, input) : []),
          ],
          consequence: `Discovery of ${String(fieldAt(service, 'spec', 'group'))} fails from then on. ${namespaces.length > 0 ? `${namesOf(namespaces)} stay Terminating, and so does` : 'So stays Terminating'} every namespace that anybody deletes, until the APIService is gone.`,
          remedy: `Delete it first: \`kubectl delete ${kubectlName(id)}\`.`,
          tells: [endOf('refused', id), endOf('left', id), ...namespaces.map((each) => endOf('left', each))],
        },
      ];
    });
  },
};

function hangingNamespaces({ left }: RuleInput, refused: readonly ObjectId[]): ObjectId[] {
  const stuck = [...left.values()].filter(
    ({ id, why, because }) => why === 'stuck' && parseId(id).kind === 'Namespace' && /discover|APIService/i.test(because),
  );
  return sorted([...stuck.map(({ id }) => id), ...refused.filter((id) => parseId(id).kind === 'Namespace')]);
}

function apiService(metadata: string): string {
  return `apiVersion: v1
kind: Service
metadata: {name: metrics, namespace: shop}
spec: {selector: {app: metrics}, ports: [{port: 443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: metrics, namespace: shop}
spec:
  selector: {matchLabels: {app: metrics}}
  template:
    metadata: {labels: {app: metrics}}
    spec: {containers: [{name: metrics, image: registry.example.com/metrics:1}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {${metadata}name: v1beta1.widgets.example.com}
spec:
  group: widgets.example.com
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  service: {name: metrics, namespace: shop}
`;
}
