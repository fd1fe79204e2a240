/** What hooks leave behind: hook objects belong to no release, so only their delete policy takes them away. */

import { bindingsOf } from '../../graph/rules/role-binding.ts';
import { annotationField, type Hook, hookAnnotation, policyAnnotation } from '../../knowledge/hooks.ts';
import { fieldAt } from '../../objects/fields.ts';
import { groupOf, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { roleOf, subjectsIn } from '../../objects/rbac.ts';
import { isCrd } from '../../objects/scopes.ts';
import { hookExample } from './hook-examples.ts';
import { annotate, kubectlDelete, makeOrdinary } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-leaks',
  name: 'A hook leaves its account behind',
  means: [
    'Objects with `helm.sh/hook` are not part of the release: `helm uninstall` never deletes them, and `helm list` does not know them. Only `helm.sh/hook-delete-policy: hook-succeeded` removes them. Without a policy, or with',
    '`before-hook-creation` alone, ServiceAccounts, roles and bindings of hooks stay, with all their permissions; those of installation hooks too.',
  ].join(' '),
  severity: 'warning',
  hiddenBy: ['hook-fails', 'conversion-backend-gone'],
  fails: {
    says: 'The account and its rights stay when the Job is done.',
    yaml: hookExample({ policies: 'before-hook-creation', jobPolicies: 'before-hook-creation,hook-succeeded' }),
  },
  passes: { says: 'Everything goes when the hook has succeeded.', yaml: hookExample({}) },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  if (!input.helm) return [];
  const leaking = input.hooks.filter(
    (hook) => leaks(hook, input) && !isCrd(hook.object) && !isExplained('left', hook.id) && !hasFailed(hook, isExplained),
  );
  const access = leaking.filter(({ id }) => isAccess(id));
  const others = leaking.filter(({ id }) => !isAccess(id));
  return [
    ...(access.length > 0 ? [accounts(access, others, input)] : []),
    ...(access.length === 0 && others.length > 0 ? [objects(others, input)] : []),
  ];
}

function leaks(hook: Hook, input: RuleInput): boolean {
  const { id, events, policies } = hook;
  if (!events.some((event) => /^(pre|post)-(install|upgrade|delete)$/.test(event))) return false;
  if (goesByItself(hook)) return false;
  if (input.left.get(id)?.why === 'hook') return true;
  if (policies.includes('hook-succeeded')) return false;
  const atUninstall = events.some((event) => event.endsWith('-delete'));
  // With a cluster to look at, a hook of the installation is there or it is not.
  if (input.live && !(atUninstall && input.scenario.hooks)) return false;
  return input.goneAt(id) === undefined && (atUninstall ? input.scenario.hooks : true);
}

/** A Job with a TTL is deleted some time after its end, whatever its delete policy. */
function goesByItself({ object }: Hook): boolean {
  return object.kind === 'Job' && typeof fieldAt(object, 'spec', 'ttlSecondsAfterFinished') === 'number';
}

/** One that would go and is only there because it failed. */
function hasFailed({ id, policies }: Hook, isExplained: Explained): boolean {
  return policies.includes('hook-succeeded') && isExplained('hook', id);
}

function isAccess(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return group === 'rbac.authorization.k8s.io' || (group === '' && kind === 'ServiceAccount');
}

function accounts(access: readonly Hook[], others: readonly Hook[], input: RuleInput): Found {
  const all = [...access, ...others];
  const ids = sorted(access.map(({ id }) => id));
  return {
    ...finding(all, input),
    severity: 'warning',
    title: `Hooks leave ${namesOf(ids)} behind, with ${agree(ids, 'its', 'their')} permissions`,
    consequence: `${count(all.length, 'object')} of hooks ${agree(all, 'stays', 'stay')} after the release is gone, and no later uninstall finds ${agree(all, 'it', 'them')}.${inTheWay(all)} The harm depends on who may create Pods with that account.`,
  };
}

function objects(hooks: readonly Hook[], input: RuleInput): Found {
  return {
    ...finding(hooks, input),
    severity: 'note',
    title: `Hooks leave ${namesOf(sorted(hooks.map(({ id }) => id)))} behind`,
    consequence: `${count(hooks.length, 'object')} of hooks ${agree(hooks, 'stays', 'stay')} after the release is gone.${inTheWay(hooks)}`,
  };
}

/** Helm creates hooks and never updates them: without `before-hook-creation` the next creation ends with an error. */
function inTheWay(hooks: readonly Hook[]): string {
  const lasting = sorted(hooks.flatMap(({ id, policies }) => (policies.includes('before-hook-creation') ? [] : [id])));
  if (lasting.length === 0) return '';
  return ` The next time that Helm runs ${agree(lasting, 'this hook', 'these hooks')}, it fails with "already exists": ${namesOf(lasting)} ${agree(lasting, 'has', 'have')} no policy before-hook-creation.`;
}

function finding(hooks: readonly Hook[], input: RuleInput): Omit<Found, 'severity' | 'title' | 'consequence'> {
  const ids = sorted(hooks.map(({ id }) => id));
  const used = new Map(ids.flatMap((id) => usersOf(id, input).map((user) => [id, user] as const)));
  const free = ids.filter((id) => !used.has(id));
  const users = sorted(used.values());
  const inUse = ids.filter((id) => used.has(id));
  return {
    objects: ids,
    evidence: hooks.map(({ id, events, policies, object }) => {
      const written = object.metadata.annotations?.[policyAnnotation];
      const says =
        typeof written === 'string'
          ? `a hook of ${events.join(', ')} that stays after it succeeded`
          : `a hook of ${events.join(', ')} without a delete policy`;
      return input.evidence(
        id,
        says,
        annotationField(typeof written === 'string' ? policyAnnotation : hookAnnotation),
        typeof written === 'string' ? policies.join(',') : events.join(','),
      );
    }),
    remedies: [
      {
        says: [
          ...(free.length > 0
            ? [`Let Helm delete ${used.size > 0 ? namesOf(free) : agree(ids, 'it', 'them')} once the hooks have succeeded.`]
            : []),
          ...(inUse.length > 0
            ? [
                `Make ${namesOf(inUse)} part of the release: ${namesOf(users)} ${agree(users, 'uses', 'use')} ${agree(inUse, 'it', 'them')} as long as the release is installed.`,
              ]
            : []),
        ].join(' '),
        steps: [
          ...free.map((id) => annotate(id, { [policyAnnotation]: 'before-hook-creation,hook-succeeded' })),
          ...inUse.map((id) => makeOrdinary(id, input)),
        ],
      },
      {
        says: 'Delete what is there already after the uninstall.',
        steps: kubectlDelete('after', ids, input),
      },
    ],
    explains: ends('left', ids),
  };
}

/**
 * Workloads that run with an account, a role or a binding although it is a hook: it must not go when the hook has
 * succeeded.
 */
function usersOf(id: ObjectId, { world, hooks }: RuleInput): ObjectId[] {
  const hookIds = new Set(hooks.map((hook) => hook.id));
  const { kind } = parseId(id);
  const object = world.byId(id);
  const bindings =
    kind === 'ServiceAccount' || object === undefined
      ? []
      : bindingsOf(world).filter((binding) => world.idOf(binding) === id || roleOf(binding)?.id === id);
  const accounts = kind === 'ServiceAccount' ? [id] : bindings.flatMap((binding) => accountsOf(binding));
  return accounts
    .flatMap((account) => world.workloadsOfAccount(parseId(account).namespace ?? '', parseId(account).name))
    .filter(({ id: user, object: running }) => !hookIds.has(user) && !isOfHook(running, hookIds) && !isOver(running))
    .map((workload) => workload.id)
    .slice(0, 1);
}

/** The Pod of a hook's Job is done when the hook is. */
function isOfHook({ metadata: { namespace, ownerReferences = [] } }: KubernetesObject, hooks: ReadonlySet<ObjectId>): boolean {
  return ownerReferences.some(({ apiVersion, kind, name }) => hooks.has(makeId(groupOf(apiVersion), kind, namespace, name)));
}

function isOver({ status }: KubernetesObject): boolean {
  const phase = fieldAt(status, 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

function accountsOf(binding: KubernetesObject): ObjectId[] {
  return subjectsIn(binding).flatMap(({ accounts }) =>
    accounts?.name === undefined ? [] : [makeId('', 'ServiceAccount', accounts.namespace, accounts.name)],
  );
}
