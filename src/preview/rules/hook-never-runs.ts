/** Hooks of events that Helm 3 and 4 do not know, such as those of Helm 2. */

import { annotationField, hookAnnotation } from '../../knowledge/hooks.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { helmResourcePolicyAnnotation } from '../../objects/names.ts';
import { keepAnnotations, widgetCrd } from './examples.ts';
import { annotate } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-never-runs',
  name: 'A hook of an event that does not exist',
  means:
    'Helm takes an object with `helm.sh/hook` out of the release, and creates it only at its event. If one of its events is unknown to Helm, such as `crd-install` of Helm 2 or a misspelt `predelete`, Helm never creates and never deletes it. A comma at the end is enough.',
  severity: 'note',
  fails: { says: 'Helm 3 and 4 ignore `crd-install`.', yaml: widgetCrd(', annotations: {helm.sh/hook: crd-install}') },
  passes: {
    says: 'The definition is kept as an ordinary template.',
    yaml: widgetCrd(keepAnnotations),
  },
};

export function find(input: RuleInput): Found[] {
  if (!input.helm) return [];
  const hooks = input.hooks.filter(({ events }) => events.length === 0);
  if (hooks.length === 0) return [];
  const ids = hooks.map(({ id }) => id);
  return [
    {
      severity: 'note',
      title: `Helm leaves ${namesOf(ids)} out: ${agree(ids, 'it is a hook', 'they are hooks')} of an event that Helm does not know`,
      objects: ids,
      evidence: hooks.map(({ id, object }) =>
        input.evidence(
          id,
          'Helm 3 and 4 know no such event',
          annotationField(hookAnnotation),
          String(object.metadata.annotations?.[hookAnnotation]),
        ),
      ),
      consequence: `Helm neither creates nor deletes ${describeId(ids[0] as (typeof ids)[number])}${ids.length > 1 ? ' and the others' : ''}.`,
      remedies: [
        {
          says: `Make ${agree(ids, 'it', 'them')} part of the release${ids.some(isDefinition) ? ', and keep definitions when it is uninstalled' : ''}. If a hook is meant, name an event that Helm knows.`,
          steps: ids.map((id) =>
            annotate(id, { [hookAnnotation]: undefined, ...(isDefinition(id) && { [helmResourcePolicyAnnotation]: 'keep' }) }),
          ),
        },
      ],
      bookend: 'same',
    },
  ];
}

function isDefinition(id: ObjectId): boolean {
  return parseId(id).kind === 'CustomResourceDefinition';
}
