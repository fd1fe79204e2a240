/** A hook Job that fails once stands in the way of the second attempt. */

import { annotationField, policyAnnotation } from '../../knowledge/hooks.ts';
import { hookExample } from './hook-examples.ts';
import { hookRuns } from './hook-runs.ts';
import type { Rule } from './rule.ts';
import { namesOf } from './words.ts';

export const hookRetry: Rule = {
  id: 'hook-breaks-retry',
  name: 'A failed hook breaks the next attempt',
  means: [
    'With `hook-succeeded` alone a Job that failed stays, and the next `helm uninstall` stops at once: a Job of that name already exists. `before-hook-creation`, which Helm applies only where no policy is written, deletes it first.',
  ].join(' '),
  fails: { says: 'Nothing deletes the failed Job.', yaml: hookExample({ jobPolicies: 'hook-succeeded' }) },
  passes: { says: 'The old Job goes before the new one is made.', yaml: hookExample({}) },
  find(input) {
    const runs = hookRuns(input).filter(
      ({ hook: { policies } }) => !policies.includes('before-hook-creation') && !policies.includes('hook-failed'),
    );
    if (runs.length === 0) return [];
    const ids = runs.map(({ hook }) => hook.id);
    return [
      {
        severity: 'warning',
        title: `Once ${namesOf(ids)} has failed, every further uninstall fails`,
        objects: ids,
        evidence: runs.map(({ hook }) =>
          input.evidence(
            hook.id,
            'does not go when it has failed, nor before it is made again',
            annotationField(policyAnnotation),
            hook.policies.join(','),
          ),
        ),
        consequence:
          'The failed hook stays, and the next `helm uninstall` ends with "already exists" before it deletes anything. It depends on whether the hook ever fails.',
        remedy: '`helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded`.',
        bookend: 'same',
      },
    ];
  },
};
