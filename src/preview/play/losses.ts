/**
 * Which rights a Pod's account loses, and by whose deletion. A right is lost with the object that gave it, unless
 * another still gives it; all are lost with the account, whose token is refused from then on.
 */

import { bindingKeys, roleKeys } from '../../cluster/simulated/api/rbac.ts';
import type { Change, Stored } from '../../cluster/simulated/api/store.ts';
import { type SimulatedCluster, serviceAccount } from '../../cluster/simulated/index.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import { aggregatingSelector, covers, type PolicyRule, roleOf, rulesIn, subjectsIn } from '../../objects/rbac.ts';

export type Loss = { account: string; by: ObjectId; what: string };

/** @returns what a change took from the accounts, given as `namespace/name`. To be called right after each change. */
export function lossesOf({ server }: SimulatedCluster, accounts: () => ReadonlySet<string>): (change: Change) => Loss[] {
  const { authorizer, store } = server;
  /** ClusterRoles that went, whose rules an aggregated one loses a moment later. */
  const contributors: Stored[] = [];
  const readers: Readonly<Record<string, (change: Change) => Loss[]>> = {
    serviceaccounts: ({ type, object }) => (type === 'deleted' ? ofAccount(object) : []),
    [bindingKeys.RoleBinding]: ofChangedBinding,
    [bindingKeys.ClusterRoleBinding]: ofChangedBinding,
    [roleKeys.Role]: ofChangedRole,
    [roleKeys.ClusterRole]: (change) => {
      if (change.type === 'deleted') contributors.push(change.object);
      return ofChangedRole(change);
    },
  };
  return (change) => readers[change.kind.key]?.(change) ?? [];

  function ofAccount(account: Stored): Loss[] {
    const key = `${account.metadata.namespace}/${account.metadata.name}`;
    if (accounts().has(key))
      return [{ account: key, by: idOf(account), what: `its token: ${describeId(idOf(account))} is gone` }];
    return [];
  }

  /** Subjects can be taken out of a binding that stays. */
  function ofChangedBinding({ type, object, old }: Change): Loss[] {
    const before = type === 'deleted' ? object : type === 'modified' ? old : undefined;
    return before === undefined ? [] : ofBinding(before, idOf(object), authorizer.rulesBehind(before) ?? []);
  }

  function ofChangedRole({ type, object, old }: Change): Loss[] {
    if (type === 'deleted') return ofRole(object, idOf(object), rulesIn(old ?? object));
    return type === 'modified' && old ? ofRole(object, contributorTo(object) ?? idOf(object), rulesLost(old, object)) : [];
  }

  function ofRole(role: Stored, by: ObjectId, rules: readonly PolicyRule[]): Loss[] {
    if (rules.length === 0) return [];
    const { namespace } = role.metadata;
    const bindings =
      namespace === undefined
        ? [...store.all(bindingKeys.ClusterRoleBinding), ...store.all(bindingKeys.RoleBinding)]
        : store.all(bindingKeys.RoleBinding, namespace);
    const id = idOf(role);
    return bindings.filter((binding) => roleOf(binding)?.id === id).flatMap((binding) => ofBinding(binding, by, rules));
  }

  function ofBinding(binding: Stored, by: ObjectId, rules: readonly PolicyRule[]): Loss[] {
    const { namespace } = binding.metadata;
    return [...boundBy(binding, accounts())].flatMap((account): Loss[] => {
      const lost = rules.flatMap((rule) => {
        const resources = rule.resources.filter((resource) => isLost(account, rule, resource, namespace));
        return resources.length === 0
          ? []
          : [`${rule.verbs.join(',')} ${resources.map((resource) => named(resource, rule)).join(',')}`];
      });
      return lost.length === 0 ? [] : [{ account, by, what: inWords(lost, namespace) }];
    });
  }

  /** The rule gave it, and nothing else gives it now. */
  function isLost(account: string, rule: PolicyRule, resource: string, namespace: string | undefined): boolean {
    const [home = '', name = ''] = account.split('/');
    const user = serviceAccount(home, name);
    const [asked] = rule.resourceNames;
    const place = { ...(namespace !== undefined && { namespace }), ...(asked !== undefined && { name: asked }) };
    return rule.apiGroups.some((group) =>
      rule.verbs.some((verb) => {
        const attributes = { verb, group, resource, ...place };
        return covers(rule, attributes) && !authorizer.allows(user, attributes);
      }),
    );
  }

  function contributorTo(role: Stored): ObjectId | undefined {
    const found = contributors.findLast((contributor) => aggregatingSelector(role, contributor) >= 0);
    return found && idOf(found);
  }
}

/** Which of the accounts the binding names, by themselves or through a group of theirs. */
function boundBy(binding: Stored, accounts: ReadonlySet<string>): Set<string> {
  const bound = new Set<string>();
  const add = (account: string) => {
    if (accounts.has(account)) bound.add(account);
  };
  for (const { accounts: named } of subjectsIn(binding)) {
    if (named === undefined) continue;
    const { namespace, name } = named;
    if (name !== undefined) add(`${namespace}/${name}`);
    else for (const account of accounts) if (namespace === undefined || account.startsWith(`${namespace}/`)) add(account);
  }
  return bound;
}

function named(resource: string, { apiGroups }: PolicyRule): string {
  const [group = ''] = apiGroups;
  return group === '' || apiGroups.length > 1 ? resource : `${resource}.${group}`;
}

/** The first few rights are enough to know what it is about. */
function inWords(lost: readonly string[], namespace: string | undefined): string {
  const shown = [...new Set(lost)];
  const more = shown.length > 4 ? `; and ${shown.length - 4} more` : '';
  return `${shown.slice(0, 4).join('; ')}${more}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

function rulesLost(old: Stored, now: Stored): PolicyRule[] {
  return rulesIn(old).filter((rule) => !rulesIn(now).some((other) => sameRule(rule, other)));
}

function sameRule(one: PolicyRule, other: PolicyRule): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
