/**
 * Without its conversion webhook a CustomResourceDefinition of several versions serves its custom resources only in the
 * version that they are stored in.
 */
import { fieldAt, listOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { backendEvidence, backendOf } from './backends.ts';
import { webhookServer } from './examples.ts';
import { resourcesByCrd } from './finalizer-servers.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, kubectlName, namesOf, seconds, sorted } from './words.ts';

const field = 'spec.conversion.webhook.clientConfig.service';

export const conversionBackendGone: Rule = {
  id: 'conversion-backend-gone',
  name: 'A conversion webhook goes before its custom resources',
  means: [
    'A CustomResourceDefinition with several served versions may leave the conversion between them to a webhook. Once its backend is gone, custom resources that are stored in one version cannot be read, listed or deleted in another:',
    'not by kubectl, not by the garbage collector, and not by the namespace controller, whose namespaces hang. That lasts as long as the definition does, because it is kept, in `crds/`, or still has custom resources.',
  ].join(' '),
  fails: {
    says: 'The definition is kept, the backend of its conversion is not.',
    yaml: converting('helm.sh/resource-policy: keep', 'true'),
  },
  passes: {
    says: 'Only one version is served: nothing is ever converted.',
    yaml: converting('helm.sh/resource-policy: keep', 'false'),
  },
  find(input, told) {
    const resources = resourcesByCrd(input);
    return input.world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition').flatMap((crd): Found[] => {
      const id = input.world.idOf(crd);
      const refused = input.play.refused.filter((each) => each.by === id && !each.overcome && !told.has(endOf('left', each.id)));
      const backend = converts(crd) ? backendOf(fieldAt(crd, ...field.split('.')), input) : undefined;
      // One that only waits for its custom resources is the story of their finalizers.
      const stays =
        input.goneAt(id) === undefined && (input.left.has(id) ? input.left.get(id)?.why !== 'stuck' : !input.isDeleted(id));
      const ones = sorted((resources.get(id) ?? []).map((each) => input.world.idOf(each)));
      // A cluster that was looked at and has no custom resource has nothing to convert.
      if (refused.length === 0 && !(stays && backend?.goes && (!input.live || ones.length > 0))) return [];
      const stuck = sorted(refused.map((each) => each.id));
      return [
        {
          severity: refused.some((each) => input.isSeen(each.id)) ? 'error' : 'warning',
          title: `${describeId(id)} outlives its conversion webhook: its custom resources cannot be read any more`,
          objects: [id, ...stuck, ...(backend ? [backend.service, ...backend.workloads] : [])],
          evidence: [
            input.evidence(
              id,
              `several versions are served, and the webhook converts between them; ${input.left.get(id)?.because ?? 'the definition stays'}`,
              field,
            ),
            ...refused
              .slice(0, 2)
              .map(({ at, who, message }) => input.evidence(id, `${who} is refused at ${seconds(at)}: ${message}`)),
            ...(backend ? backendEvidence(backend, input) : []),
          ],
          consequence: consequence(stuck.length > 0 ? `${namesOf(stuck)} cannot be read or deleted.` : '', ones.length, input),
          remedy: `Delete the custom resources while the webhook answers, or take the conversion away with it: \`kubectl patch ${kubectlName(id)} --type=merge -p '{"spec":{"conversion":{"strategy":"None"}}}'\`, which is safe only where the versions do not differ.`,
          tells: [endOf('refused', id), ...stuck.map((each) => endOf('left', each))],
        },
      ];
    });
  },
};

function converts(crd: KubernetesObject): boolean {
  const served = listOf(fieldAt(crd, 'spec', 'versions')).filter((version) => fieldAt(version, 'served') === true);
  return fieldAt(crd, 'spec', 'conversion', 'strategy') === 'Webhook' && served.length > 1;
}

function consequence(stuck: string, number: number, { live }: RuleInput): string {
  const later = `${stuck} Reading or deleting them in another version than the stored one is refused from then on, and their namespaces cannot be deleted.`;
  return `${later} It depends on ${live ? `which version the ${count(number, 'custom resource')} ${number === 1 ? 'is' : 'are'} stored in` : 'whether there are custom resources stored in another version'}.`.trim();
}

function converting(annotation: string, served: string): string {
  return `${webhookServer}---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com, annotations: {${annotation}}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  conversion:
    strategy: Webhook
    webhook: {conversionReviewVersions: [v1], clientConfig: {service: {namespace: shop, name: widget-webhook, path: /convert}}}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1beta1, served: ${served}, storage: false, schema: {openAPIV3Schema: {type: object}}}
`;
}
