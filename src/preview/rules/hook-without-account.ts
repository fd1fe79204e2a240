/**
 * A hook whose Pod cannot be made because what it names is not there at that moment: it is a hook of another event or
 * of a later turn, or was just deleted.
 */

import { annotationField, type Hook, hookAnnotation, weightAnnotation } from '../../knowledge/hooks.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId, makeId, type ObjectId } from '../../objects/identity.ts';
import type { PodTemplate } from '../../objects/pod-template.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const hookAccount: Rule = {
  id: 'hook-without-account',
  name: 'A hook runs without what it names',
  means: [
    'Hooks are made in the order of their weights, then of their names. A Job that comes before its ServiceAccount, or whose ServiceAccount is a hook of another event, gets no Pod; neither does a post-delete hook that names a',
    'ServiceAccount, ConfigMap or Secret of the release, which is deleted by then. Helm waits for it until the time-out and gives the uninstall up.',
  ].join(' '),
  fails: {
    says: 'The Job runs after the deletion; its account is made only before it.',
    yaml: hookExample({}).replace(
      'name: cleanup, namespace: shop, annotations: {helm.sh/hook: pre-delete, helm.sh/hook-weight: "0"',
      'name: cleanup, namespace: shop, annotations: {helm.sh/hook: post-delete, helm.sh/hook-weight: "0"',
    ),
  },
  passes: { says: 'The account has the lower weight and the same event.', yaml: hookExample({}) },
  find: (input) =>
    hookRuns(input).flatMap((run) => {
      const missing = neededBy(run).flatMap((need) => (isMissing(need.id, run.hook, input) ? [need] : []));
      const [first] = missing;
      return first === undefined ? [] : [findingOf(run, missing as [Need, ...Need[]], input)];
    }),
};

type Need = { id: ObjectId; field: string };

/** What a Pod does not start without: its account, and what it mounts or reads and may not do without. */
function neededBy({ template, namespace }: HookRun): Need[] {
  const { spec, specPath, serviceAccount, serviceAccountPath } = template as PodTemplate;
  const account =
    serviceAccount === 'default'
      ? []
      : [{ id: makeId('', 'ServiceAccount', namespace, serviceAccount), field: serviceAccountPath }];
  const volumes = listOf(spec.volumes).flatMap((volume, index) => [
    ...need('ConfigMap', namespace, fieldAt(volume, 'configMap'), 'name', `${specPath}.volumes[${index}].configMap`),
    ...need('Secret', namespace, fieldAt(volume, 'secret'), 'secretName', `${specPath}.volumes[${index}].secret`),
  ]);
  const environment = ['initContainers', 'containers'].flatMap((list) =>
    listOf(spec[list]).flatMap((container, at) =>
      listOf(fieldAt(container, 'envFrom')).flatMap((from, index) => [
        ...need('ConfigMap', namespace, fieldAt(from, 'configMapRef'), 'name', `${specPath}.${list}[${at}].envFrom[${index}]`),
        ...need('Secret', namespace, fieldAt(from, 'secretRef'), 'name', `${specPath}.${list}[${at}].envFrom[${index}]`),
      ]),
    ),
  );
  return [...account, ...volumes, ...environment];
}

function need(kind: string, namespace: string, reference: unknown, key: string, field: string): Need[] {
  const name = textOf(fieldAt(reference, key));
  return name === undefined || fieldAt(reference, 'optional') === true
    ? []
    : [{ id: makeId('', kind, namespace, name), field: `${field}.${key}` }];
}

/** Only of what the subject brings can it be said when it is there. */
function isMissing(id: ObjectId, hook: Hook, input: RuleInput): boolean {
  const late = hook.events.includes('post-delete') && !hook.events.includes('pre-delete');
  const other = input.hooks.find((each) => each.id === id);
  if (other === undefined) return late && input.isDeleted(id);
  const event = late ? 'post-delete' : 'pre-delete';
  if (other.events.includes(event)) return input.hooks.indexOf(other) > input.hooks.indexOf(hook);
  const leftFromBefore =
    !other.policies.includes('hook-succeeded') && other.events.some((each) => /^(pre|post)-(install|upgrade)$/.test(each));
  return !leftFromBefore;
}

function findingOf(run: HookRun, missing: readonly [Need, ...Need[]], input: RuleInput): Found {
  const { hook } = run;
  const ids = missing.map(({ id }) => id);
  const [first] = missing;
  const other = input.hooks.find(({ id }) => id === first.id);
  const ends = run.end?.message === undefined ? '' : ` (${run.end.message})`;
  return {
    severity: hasFailed(run) ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} needs ${describeId(first.id)}, which is not there when it runs`,
    objects: [hook.id, ...ids],
    evidence: [
      input.evidence(
        hook.id,
        `runs at ${hook.events.join(', ')} with weight ${hook.weight}`,
        annotationField(hookAnnotation),
        hook.events.join(','),
      ),
      ...missing.map(({ id, field }) => input.evidence(hook.id, `names ${describeId(id)}`, field)),
      other
        ? input.evidence(
            other.id,
            `a hook of ${other.events.join(', ')} with weight ${other.weight}`,
            annotationField(weightAnnotation),
            String(other.weight),
          )
        : input.evidence(first.id, 'part of the release, and deleted before post-delete hooks run'),
    ],
    consequence: `Its Pod is not made or does not start. Helm waits until its time-out and the uninstall fails${ends}${hasFailed(run) ? '.' : '. It depends on whether an object of that name is there from elsewhere.'}`,
    remedy: `Make ${describeId(first.id)} a hook of the same event with a lower weight: \`helm.sh/hook: ${hook.events[0]}\`, \`helm.sh/hook-weight: "${hook.weight - 1}"\`.`,
    tells: [endOf('hook', hook.id), ...ids.map((id) => endOf('hook', id))],
  };
}
