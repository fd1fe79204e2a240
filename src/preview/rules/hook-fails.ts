/** A hook that fails in the play for a reason that no other rule tells. */
import { describeId } from '../../objects/identity.ts';
import { hookExample } from './hook-examples.ts';
import { hasFailed, hookRuns } from './hook-runs.ts';
import { endOf, type Rule } from './rule.ts';

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
  find: (view, told) =>
    hookRuns(view).flatMap((run) => {
      if (!hasFailed(run) || told.has(endOf('hook', run.hook.id))) return [];
      const { hook, end } = run;
      const before = hook.events.includes('pre-delete');
      // What it waits for may be there only because it was supposed to.
      const supposed = [...view.left.values()].some(({ id, why }) => why === 'stuck' && !view.isSeen(id));
      return [
        {
          severity: supposed ? ('warning' as const) : ('error' as const),
          title: `Hook ${describeId(hook.id)} fails${end?.answer === 'timed-out' ? ': it does not end in time' : ''}`,
          objects: [hook.id],
          evidence: [view.evidence(hook.id, end?.message ?? 'it did not succeed')],
          consequence:
            (before
              ? 'Nothing is deleted. The release stays "uninstalling"; the next attempt runs the hook again.'
              : 'The objects are deleted, but the release stays "uninstalling".') +
            (supposed ? ' It depends on whether there are custom resources that do not go.' : ''),
          remedy: `See what it waits for: \`kubectl describe ${hook.object.kind.toLowerCase()}/${hook.object.metadata.name} -n ${run.namespace}\`. Without the hook: \`helm uninstall --no-hooks\`.`,
          tells: [endOf('hook', hook.id)],
        },
      ];
    }),
};
