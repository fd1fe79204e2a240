/** What hooks leave behind: hook objects belong to no release, so only their delete policy takes them away. */

import { annotationField, type Hook, hookAnnotation, policyAnnotation } from '../../knowledge/hooks.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { hookExample } from './hook-examples.ts';
import { type ExplainedEnds, endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, namesOf, sorted } from './words.ts';

export const hookLeaks: Rule = {
  id: 'hook-leaks',
  name: 'A hook leaves its account behind',
  means: [
    'Objects with `helm.sh/hook` are no part of the release: `helm uninstall` never deletes them, `helm list` does not know them. Only `helm.sh/hook-delete-policy: hook-succeeded` takes them away. Without a policy, or with',
    '`before-hook-creation` alone, ServiceAccounts, roles and bindings of hooks stay for ever, with all their rights; hooks of the installation too.',
  ].join(' '),
  fails: {
    says: 'The account and its rights stay when the Job is done.',
    yaml: hookExample({ policies: 'before-hook-creation', jobPolicies: 'before-hook-creation,hook-succeeded' }),
  },
  passes: { says: 'Everything goes when the hook has succeeded.', yaml: hookExample({}) },
  find(input, told) {
    if (!input.helm) return [];
    const leaking = input.hooks.filter(
      (hook) => leaks(hook, input) && !told.has(endOf('left', hook.id)) && !isExplained(hook, told),
    );
    const access = leaking.filter(({ id }) => isAccess(id));
    const others = leaking.filter(({ id }) => !isAccess(id));
    return [
      ...(access.length > 0 ? [accounts(access, others, input)] : []),
      ...(access.length === 0 && others.length > 0 ? [objects(others, input)] : []),
    ];
  },
};

function leaks(hook: Hook, input: RuleInput): boolean {
  const { id, events, policies } = hook;
  if (!events.some((event) => /^(pre|post)-(install|upgrade|delete)$/.test(event))) return false;
  if (input.left.get(id)?.why === 'hook') return true;
  if (policies.includes('hook-succeeded')) return false;
  const atUninstall = events.some((event) => event.endsWith('-delete'));
  // With a cluster to look at, a hook of the installation is there or it is not.
  if (input.live && !(atUninstall && input.scenario.hooks)) return false;
  return input.goneAt(id) === undefined && (atUninstall ? input.scenario.hooks : true);
}

/** One that would go and is only there because it failed. */
function isExplained({ id, policies }: Hook, told: ExplainedEnds): boolean {
  return policies.includes('hook-succeeded') && told.has(endOf('hook', id));
}

function isAccess(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return group === 'rbac.authorization.k8s.io' || (group === '' && kind === 'ServiceAccount');
}

function accounts(access: readonly Hook[], others: readonly Hook[], input: RuleInput): Found {
  const ids = sorted(access.map(({ id }) => id));
  return {
    ...finding([...access, ...others], input),
    severity: 'warning',
    title: `Hooks leave ${namesOf(ids)} behind, with ${ids.length === 1 ? 'its' : 'their'} rights`,
    consequence: `${count(access.length + others.length, 'object')} of hooks ${access.length + others.length === 1 ? 'stays' : 'stay'} when the release is gone, and no later uninstall finds ${access.length + others.length === 1 ? 'it' : 'them'}. What harm the rights do depends on who may make Pods with that account.`,
  };
}

function objects(hooks: readonly Hook[], input: RuleInput): Found {
  return {
    ...finding(hooks, input),
    severity: 'note',
    title: `Hooks leave ${namesOf(sorted(hooks.map(({ id }) => id)))} behind`,
    consequence: `${count(hooks.length, 'object')} of hooks ${hooks.length === 1 ? 'stays' : 'stay'} when the release is gone.`,
  };
}

function finding(hooks: readonly Hook[], input: RuleInput): Omit<Found, 'severity' | 'title' | 'consequence'> {
  const ids = sorted(hooks.map(({ id }) => id));
  const policy = '`helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded`';
  return {
    objects: ids,
    evidence: hooks.map(({ id, events, policies, object }) => {
      const written = object.metadata.annotations?.[policyAnnotation];
      const says =
        typeof written === 'string'
          ? `a hook of ${events.join(', ')} that does not go when it has succeeded`
          : `a hook of ${events.join(', ')} without a delete policy`;
      return input.evidence(
        id,
        says,
        annotationField(typeof written === 'string' ? policyAnnotation : hookAnnotation),
        typeof written === 'string' ? policies.join(',') : events.join(','),
      );
    }),
    remedy: `In each of them: ${policy}. What is there already: \`kubectl delete ${ids.slice(0, 3).map(cliName).join(' ')}\`${ids.length > 3 ? ' and the others' : ''}.`,
    tells: ids.map((id) => endOf('left', id)),
  };
}

function cliName(id: ObjectId): string {
  const { kind, name, namespace } = parseId(id);
  return shellCommand(`${kind.toLowerCase()}/${name}`, ...(namespace === undefined ? [] : ['-n', namespace]));
}
