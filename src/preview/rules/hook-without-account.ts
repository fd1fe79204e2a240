/**
 * A hook whose Pod cannot be made because what it names is not there at that moment: it is a hook of another event or
 * of a later turn, or was just deleted.
 */

import { annotationField, type Hook, hookAnnotation, weightAnnotation } from '../../knowledge/hooks.ts';
import { podReferences } from '../../knowledge/pod-references.ts';
import { textOf } from '../../objects/fields.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { advise, annotate, withoutHooks } from './remedy-steps.ts';
import { ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { listed, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-without-account',
  name: 'A hook runs without what it names',
  means: [
    'Helm creates hooks in the order of their weights, then of their names. A Job that comes before its ServiceAccount, or whose ServiceAccount is a hook of another event, gets no Pod; neither does a post-delete hook that names a',
    'ServiceAccount, ConfigMap, Secret or PriorityClass of the release, which is deleted by then. Helm waits until the time-out, and the uninstall fails.',
  ].join(' '),
  severity: 'error',
  fails: {
    says: 'The Job runs after the deletion; its account is made only before it.',
    yaml: hookExample({}).replace(
      'name: cleanup, namespace: shop, annotations: {helm.sh/hook: pre-delete, helm.sh/hook-weight: "0"',
      'name: cleanup, namespace: shop, annotations: {helm.sh/hook: post-delete, helm.sh/hook-weight: "0"',
    ),
  },
  passes: { says: 'The account has the lower weight and the same event.', yaml: hookExample({}) },
};

export function find(input: RuleInput): Found[] {
  return hookRuns(input).flatMap((run) => {
    const missing = neededBy(run).flatMap((need) => (isMissing(need.id, run.hook, input) ? [need] : []));
    const [first] = missing;
    return first === undefined ? [] : [findingOf(run, missing as [Need, ...Need[]], input)];
  });
}

type Need = { id: ObjectId; field: string };

/** What a Pod does not start without: its account, and what it mounts or reads and may not do without. */
function neededBy({ template, namespace }: HookRun): Need[] {
  const { spec, specPath, serviceAccount, serviceAccountPath } = template;
  const needed = podReferences(spec).filter(({ isOptional }) => !isOptional);
  return [
    ...(serviceAccount === 'default'
      ? []
      : [{ id: makeId('', 'ServiceAccount', namespace, serviceAccount), field: serviceAccountPath }]),
    ...classesOf(spec, specPath),
    ...needed.map(({ kind, name, field }) => ({ id: makeId('', kind, namespace, name), field: `${specPath}.${field}` })),
  ];
}

/** No Pod is created without its PriorityClass or RuntimeClass. */
function classesOf(spec: Readonly<Record<string, unknown>>, specPath: string): Need[] {
  const named = [
    { group: 'scheduling.k8s.io', kind: 'PriorityClass', field: 'priorityClassName' },
    { group: 'node.k8s.io', kind: 'RuntimeClass', field: 'runtimeClassName' },
  ];
  return named.flatMap(({ group, kind, field }) => {
    const name = textOf(spec[field]);
    return name === undefined ? [] : [{ id: makeId(group, kind, undefined, name), field: `${specPath}.${field}` }];
  });
}

/** Only of what the subject brings can it be said when it is there. */
function isMissing(id: ObjectId, hook: Hook, input: RuleInput): boolean {
  const late = hook.events.includes('post-delete') && !hook.events.includes('pre-delete');
  const other = input.hooks.find((each) => each.id === id);
  if (other === undefined) return (late && input.isDeleted(id)) || isNowhere(id, input);
  const event = late ? 'post-delete' : 'pre-delete';
  if (other.events.includes(event)) return input.hooks.indexOf(other) > input.hooks.indexOf(hook);
  const leftFromBefore =
    !other.policies.includes('hook-succeeded') && other.events.some((each) => /^(pre|post)-(install|upgrade)$/.test(each));
  return !leftFromBefore;
}

/**
 * Neither in the manifests nor in the cluster. What users may bring themselves, as Secrets, only a cluster shows; of
 * its classes only those are read that the release has.
 */
function isNowhere(id: ObjectId, { given, world, live }: RuleInput): boolean {
  const { group, kind } = parseId(id);
  return !given.has(id) && !world.has(id) && group === '' && (live || kind === 'ServiceAccount');
}

function findingOf(run: HookRun, missing: readonly [Need, ...Need[]], input: RuleInput): Found {
  const { hook } = run;
  const ids = missing.map(({ id }) => id);
  const [first] = missing;
  const other = input.hooks.find(({ id }) => id === first.id);
  const isSure = input.live || other !== undefined || input.given.has(first.id);
  // One whose program has run had all that it needs, in the play at least.
  const isCause = isSure && hasFailed(run) && run.end?.log === undefined;
  const why = isCause && run.end?.message !== undefined ? ` (${run.end.message})` : '';
  return {
    severity: isCause ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} needs ${describeId(first.id)}, which does not exist when it runs`,
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
        : input.evidence(
            first.id,
            input.given.has(first.id)
              ? 'part of the release, and deleted before post-delete hooks run'
              : `not in the ${input.live ? 'cluster' : 'manifests'}`,
          ),
    ],
    consequence: `The uninstall fails at the time-out of Helm: the Pod of the hook is not created or does not start${why}${isCause ? '.' : '. It depends on whether an object of that name exists from elsewhere.'}`,
    remedies: [...madeInTime(run, ids, input), withoutHooks(input)],
    explains: isSure && run.end?.log === undefined ? ends('hook', [hook.id, ...ids]) : [],
  };
}

/**
 * Hooks that are there already are made for this event too, an account with its rights. What the release itself has
 * must stay in it, since its workloads use it: the hook needs one of its own.
 */
function madeInTime({ hook, account }: HookRun, ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const granted = input.rightsOf(account).flatMap(({ role, binding }) => [role, binding]);
  const hooks = new Map(input.hooks.map((each) => [each.id, each]));
  if (!ids.every((id) => hooks.has(id)))
    return [
      {
        says: 'Give the hook what it needs.',
        steps: [
          advise(
            'person-decides',
            `Add ${listed(ids.map(describeId))} under a name of its own to the chart, as a hook of ${hook.events.join(', ')} with a weight below ${hook.weight}, with the permissions that the hook needs, and name it in the hook.`,
          ),
        ],
      },
    ];
  const needed = sorted([...ids, ...granted]).flatMap((id) => hooks.get(id) ?? []);
  return [
    {
      says: 'Create what it needs before it, for the same event.',
      steps: needed.map((each) =>
        annotate(each.id, {
          [hookAnnotation]: [...new Set([...each.events, ...hook.events])].join(','),
          [weightAnnotation]: String(Math.min(each.weight, hook.weight - 1)),
        }),
      ),
    },
  ];
}
