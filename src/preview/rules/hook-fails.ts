/** A hook that fails in the play for a reason that no other rule tells. */
import { describeId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hasKnownRights, hookRuns, waitsForSupposed } from './hook-runs.ts';
import { endOf, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const hookFails: Rule = {
  id: 'hook-fails',
  name: 'A hook fails',
  means:
    'A hook that fails, or does not end within Helm’s time-out, ends the uninstall: a pre-delete hook before anything is deleted, a post-delete hook when all is. The release stays "uninstalling", and its record with it.',
  fails: {
    says: 'kubectl fails: there is no such Widget.',
    yaml: hookExample({ script: 'kubectl delete widgets.example.com main --timeout=60s' }),
  },
  passes: { says: 'The hook does its work in time.', yaml: hookExample({}) },
  find: (input, told) =>
    hookRuns(input).flatMap((run) => {
      if (!hasFailed(run) || told.has(endOf('hook', run.hook.id))) return [];
      const { hook, end } = run;
      const before = hook.events.includes('pre-delete');
      const depends = dependsOn(run, input);
      return [
        {
          severity: depends === undefined ? ('error' as const) : ('warning' as const),
          title: `Hook ${describeId(hook.id)} fails${end?.answer === 'timed-out' ? ': it does not end in time' : ''}`,
          objects: [hook.id],
          evidence: [input.evidence(hook.id, end?.message ?? 'it did not succeed')],
          consequence:
            (before
              ? 'Nothing is deleted. The release stays "uninstalling"; the next attempt runs the hook again.'
              : 'The objects are deleted, but the release stays "uninstalling".') +
            (depends === undefined ? '' : ` It depends on ${depends}.`),
          remedy: `See what it waits for: \`kubectl describe ${shellCommand(`${hook.object.kind.toLowerCase()}/${hook.object.metadata.name}`, '-n', run.namespace)}\`. Without the hook: \`helm uninstall --no-hooks\`.`,
          tells: [endOf('hook', hook.id)],
        },
      ];
    }),
};

/** What the failure may rest on that was not seen. Of a live cluster all is there, but for what could not be read. */
function dependsOn(run: HookRun, input: RuleInput): string | undefined {
  if (waitsForSupposed(input)) return 'whether there are custom resources that do not go';
  if (!hasKnownRights(run, input)) return 'what its account may do, which was not seen';
  return input.live ? undefined : 'what else is in the cluster: in this play only the objects of the manifests were there';
}
