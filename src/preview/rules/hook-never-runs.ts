/** Hooks of Helm 2, which later versions install never or not at all. */

import { annotationField, hookAnnotation } from '../../knowledge/hooks.ts';
import { describeId } from '../../objects/identity.ts';
import { keepAnnotations, widgetCrd } from './examples.ts';
import type { Rule } from './rule.ts';
import { namesOf } from './words.ts';

const known = new Set([
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test',
  'test-success',
  'test-failure',
]);

export const hookNeverRuns: Rule = {
  id: 'hook-never-runs',
  name: 'A hook of an event that does not exist',
  means:
    'Helm takes an object with `helm.sh/hook` out of the release, and makes it only when its event comes. With an event that Helm does not know, such as `crd-install` of Helm 2 or a misspelt `predelete`, it is never made and never deleted.',
  fails: { says: 'Helm 3 and 4 pass `crd-install` over.', yaml: widgetCrd(', annotations: {helm.sh/hook: crd-install}') },
  passes: {
    says: 'The definition is kept as an ordinary template.',
    yaml: widgetCrd(keepAnnotations),
  },
  find(input) {
    if (!input.helm) return [];
    const hooks = input.hooks.filter(({ events }) => events.every((event) => !known.has(event)));
    if (hooks.length === 0) return [];
    const ids = hooks.map(({ id }) => id);
    return [
      {
        severity: 'note',
        title: `${namesOf(ids)} ${ids.length === 1 ? 'is a hook' : 'are hooks'} of no event that Helm knows`,
        objects: ids,
        evidence: hooks.map(({ id, events }) =>
          input.evidence(id, 'Helm 3 and 4 know no such event', annotationField(hookAnnotation), events.join(',')),
        ),
        consequence: `Helm neither makes nor deletes ${describeId(ids[0] as (typeof ids)[number])}${ids.length > 1 ? ' and the others' : ''}.`,
        remedy:
          'For a CustomResourceDefinition: move it to crds/, or make it an ordinary template. Otherwise name the event: pre-delete, post-delete, …',
        bookend: 'same',
      },
    ];
  },
};
