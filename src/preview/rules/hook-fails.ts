/** A hook that fails in the play for a reason that no other rule reports. */
import { describeId } from '../../objects/identity.ts';
import { causeOf, failureDependsOn, type HookCause } from './hook-causes.ts';
import { hookExample } from './hook-examples.ts';
import { foreignKinds } from './hook-foreign-kinds.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { look, named, withoutHooks } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-fails',
  name: 'A hook fails',
  means:
    'A hook that fails, or does not end within the time-out of Helm, ends the uninstall: a pre-delete hook before anything is deleted, a post-delete hook after everything is. The release and its record stay "uninstalling".',
  severity: 'error',
  hiddenBy: ['hook-deadline'],
  fails: {
    says: 'kubectl fails: there is no such Widget.',
    yaml: hookExample({ script: 'kubectl delete widgets.example.com main --timeout=60s' }),
  },
  passes: { says: 'The hook does its work in time.', yaml: hookExample({}) },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const failures = hookRuns(input).flatMap((run) => {
    if (!hasFailed(run) || isExplained('hook', run.hook.id)) return [];
    return [failure(run, causeOf(run, input), input)];
  });
  return [...failures, ...foreignKinds(input)];
}

/** Of several hooks the earlier ones have done their work by then. */
function before({ hook }: HookRun, input: RuleInput): string {
  const ids = hookRuns(input).map((each) => each.hook);
  const earlier = ids
    .slice(
      0,
      ids.findIndex(({ id }) => id === hook.id),
    )
    .filter(({ events }) => events.includes('pre-delete'));
  if (earlier.length === 0) return 'Nothing is deleted.';
  const names = namesOf(earlier.map(({ id }) => id));
  return `Helm deletes nothing, but ${names} ${agree(earlier, 'has', 'have')} run by then, and what ${agree(earlier, 'it', 'they')} did is not undone.`;
}

function failure(run: HookRun, cause: HookCause | undefined, input: RuleInput): Found {
  const { hook, end } = run;
  const depends = cause ? cause.depends : failureDependsOn(run, input);
  const happens = hook.events.includes('pre-delete')
    ? `${before(run, input)} The release stays "uninstalling"; the next attempt runs the hook again.`
    : 'The objects are deleted, but the release stays "uninstalling".';
  return {
    severity: depends === undefined ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} fails${cause ? `: it ${cause.does}` : end?.answer === 'timed-out' ? ': it does not end in time' : ''}`,
    objects: [hook.id, ...(cause?.objects ?? [])],
    evidence: [...(cause?.evidence ?? []), input.evidence(hook.id, end?.message ?? 'it did not succeed')],
    consequence: `${happens}${depends === undefined ? '' : ` It depends on ${depends}.`}`,
    remedies: cause
      ? cause.remedies
      : [
          {
            says: 'See in its events and in its log what it waits for.',
            steps: [look('after', 'kubectl', 'describe', ...named([hook.id], input))],
          },
          withoutHooks(input),
        ],
    explains: ends('hook', [hook.id]),
  };
}
