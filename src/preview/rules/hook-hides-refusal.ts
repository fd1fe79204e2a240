/** A hook that cannot tell "nothing there" from "not allowed to look". */
import { hookExample } from './hook-examples.ts';
import { hookRuns } from './hook-runs.ts';
import { advise } from './remedy-steps.ts';
import type { Explained, Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-hides-refusal',
  name: 'A hook reads a refusal as "nothing there"',
  means: [
    'A script that discards the errors of `kubectl get` and counts its lines gets 0 when nothing is there, and also when the API server refuses, does not answer, or does not know the kind. A loop that waits for 0 then ends at once.',
  ].join(' '),
  severity: 'note',
  hiddenBy: ['hook-fails'],
  fails: {
    says: 'Any failure looks like the end of the wait.',
    yaml: hookExample({
      script: 'while [ "$(kubectl get widgets.example.com -A 2>/dev/null | wc -l)" -gt 0 ]; do sleep 2; done',
    }),
  },
  passes: {
    says: 'kubectl itself waits, and fails when it is refused.',
    yaml: hookExample({ script: 'kubectl wait widgets.example.com --all -A --for=delete --timeout=110s' }),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const runs = hookRuns(input).filter(
    ({ hook, calls }) => !isExplained('hook', hook.id) && calls.some(({ hidesRefusal }) => hidesRefusal),
  );
  if (runs.length === 0) return [];
  const ids = runs.map(({ hook }) => hook.id);
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)} cannot tell a refusal from "nothing there"`,
      objects: ids,
      evidence: runs.flatMap(({ hook, calls }) =>
        calls.flatMap(({ hidesRefusal, field, text }) =>
          hidesRefusal
            ? [input.evidence(hook.id, 'errors are discarded, and the output is counted or tested', field, text.slice(0, 160))]
            : [],
        ),
      ),
      consequence:
        'The release is deleted under what is still there when the call is refused or the API server does not answer: the hook then believes that everything is gone.',
      remedies: [
        {
          says: 'Let the hook fail when a call fails.',
          steps: [
            advise(
              'script-of-the-hook',
              'In the script, keep the errors: `kubectl wait --for=delete` or `kubectl delete --timeout` waits, and `set -e` stops at a failure.',
            ),
          ],
        },
      ],
      bookend: 'same',
    },
  ];
}
