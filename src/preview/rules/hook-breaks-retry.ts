/**
 * A hook that stands in the way of the second attempt: because its Job failed once and stays, or because the first
 * attempt was broken off and has deleted what the hook needs.
 */

import { annotationField, policyAnnotation } from '../../knowledge/hooks.ts';
import { hookExample } from './hook-examples.ts';
import { hookRuns } from './hook-runs.ts';
import { annotate } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { secondAttempt } from './second-attempt.ts';
import { namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-breaks-retry',
  name: 'A failed hook breaks the next attempt',
  means: [
    'With `hook-succeeded` alone a failed Job stays, and the next `helm uninstall` stops at once: a Job of that name already exists. `before-hook-creation`, which Helm applies only where no policy is written, deletes it first.',
    'An uninstall that is broken off (a lost connection, Ctrl-C) leaves the release "uninstalling", and the next one runs the pre-delete hooks again. What they need must not be part of what the first one has deleted by then; that is a note.',
  ].join(' '),
  severity: 'warning',
  fails: { says: 'Nothing deletes the failed Job.', yaml: hookExample({ jobPolicies: 'hook-succeeded' }) },
  passes: { says: 'The old Job goes before the new one is made.', yaml: hookExample({}) },
};

export function find(input: RuleInput): Found[] {
  const runs = hookRuns(input).filter(
    ({ hook: { policies } }) => !policies.includes('before-hook-creation') && !policies.includes('hook-failed'),
  );
  if (runs.length === 0) return secondAttempt(input);
  const ids = runs.map(({ hook }) => hook.id);
  return [
    {
      severity: 'warning',
      title: `After ${namesOf(ids)} fails once, every further uninstall fails`,
      objects: ids,
      evidence: runs.map(({ hook }) =>
        input.evidence(
          hook.id,
          'is deleted neither when it has failed nor before it is created again',
          annotationField(policyAnnotation),
          hook.policies.join(','),
        ),
      ),
      consequence: `The next \`helm uninstall\` ends with "already exists"${runs.some(({ hook }) => hook.events.includes('pre-delete')) ? ' before it deletes anything' : ''}, because the failed hook stays. It depends on whether the hook ever fails.`,
      remedies: [
        {
          says: 'Let Helm delete the old hook before it creates the new one.',
          steps: ids.map((id) => annotate(id, { [policyAnnotation]: 'before-hook-creation,hook-succeeded' })),
        },
      ],
      bookend: 'same',
    },
    ...secondAttempt(input),
  ];
}
