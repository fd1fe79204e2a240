/** A hook that cannot tell "nothing there" from "not allowed to look". */
import { hookExample } from './hook-examples.ts';
import { hookRuns } from './hook-runs.ts';
import { endOf, type Rule } from './rule.ts';
import { namesOf } from './words.ts';

export const hookHidesRefusal: Rule = {
  id: 'hook-hides-refusal',
  name: 'A hook reads a refusal as "nothing there"',
  means: [
    'A script that throws the errors of `kubectl get` away and counts its lines gets 0 when nothing is there, and 0 when the API server refuses, does not answer, or does not know the kind. A loop that waits for 0 then ends at once.',
  ].join(' '),
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
  find(input, told) {
    const runs = hookRuns(input).filter(
      ({ hook, calls }) => !told.has(endOf('hook', hook.id)) && calls.some(({ hidesRefusal }) => hidesRefusal),
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
              ? [
                  input.evidence(
                    hook.id,
                    'errors are thrown away, and the output is counted or tested',
                    field,
                    text.slice(0, 160),
                  ),
                ]
              : [],
          ),
        ),
        consequence:
          'When the call is refused or the API server does not answer, the hook takes everything for gone, and the release is deleted under what is still there.',
        remedy: 'Keep the errors: let `kubectl wait --for=delete` or `kubectl delete --timeout` do the waiting, with `set -e`.',
        bookend: 'same',
      },
    ];
  },
};
