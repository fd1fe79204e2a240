/**
 * Which rights a Pod's account loses, and by whose deletion. A right is lost with the object that gave it, unless another still gives it; all are lost with the
 * account, whose token is refused from then on.
 */

import { type SimulatedCluster, serviceAccount } from '../../cluster/simulated/index.ts';
import { bindingKeys, covers, type PolicyRule, roleKeys, rulesIn } from '../../cluster/simulated/rbac.ts';
import type { Change, Stored } from '../../cluster/simulated/store.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import { selects } from '../../objects/selectors.ts';

export type Loss = { account: string; by: ObjectId; what: string };

/** @returns what a change took from the accounts, given as `namespace/name`. To be called right after each change. */
export function lossesOf({ server }: SimulatedCluster, accounts: () => ReadonlySet<string>): (change: Change) => Loss[] {
  const { authorizer, store } = server;
  /** ClusterRoles that went, whose rules an aggregated one loses a moment later. */
  const contributors: Stored[] = [];
  return ({ type, kind, object, old }) => {
    if (kind.key === 'serviceaccounts') return type === 'deleted' ? ofAccount(object) : [];
    if (kind.key === bindingKeys.RoleBinding || kind.key === bindingKeys.ClusterRoleBinding) {
      if (type === 'deleted') return ofBinding(object, idOf(object), authorizer.rulesBehind(object) ?? []);
      // Subjects can be taken out of a binding that stays.
      return type === 'modified' && old ? ofBinding(old, idOf(object), authorizer.rulesBehind(old) ?? []) : [];
    }
    if (kind.key !== roleKeys.Role && kind.key !== roleKeys.ClusterRole) return [];
    if (type === 'deleted') {
      if (kind.key === roleKeys.ClusterRole) contributors.push(object);
      return ofRole(object, idOf(object), rulesIn(old ?? object));
    }
    if (type !== 'modified' || old === undefined) return [];
    const gone = rulesIn(old).filter((rule) => !rulesIn(object).some((other) => sameRule(rule, other)));
    return gone.length === 0 ? [] : ofRole(object, contributorTo(object) ?? idOf(object), gone);
  };

  function ofAccount(account: Stored): Loss[] {
    const key = `${account.metadata.namespace}/${account.metadata.name}`;
    if (accounts().has(key))
      return [{ account: key, by: idOf(account), what: `its token: ${describeId(idOf(account))} is gone` }];
    return [];
  }

  function ofRole(role: Stored, by: ObjectId, rules: readonly PolicyRule[]): Loss[] {
    const { name, namespace } = role.metadata;
    const bindings =
      namespace === undefined
        ? [...store.all(bindingKeys.ClusterRoleBinding), ...store.all(bindingKeys.RoleBinding)]
        : store.all(bindingKeys.RoleBinding, namespace);
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    return bindings
      .filter(({ roleRef }) => fieldAt(roleRef, 'kind') === kind && fieldAt(roleRef, 'name') === name)
      .flatMap((binding) => ofBinding(binding, by, rules));
  }

  function ofBinding(binding: Stored, by: ObjectId, rules: readonly PolicyRule[]): Loss[] {
    const { namespace } = binding.metadata;
    const losses: Loss[] = [];
    for (const account of boundBy(binding, accounts())) {
      const [home = '', name = ''] = account.split('/');
      const user = serviceAccount(home, name);
      const lost = rules.flatMap((rule) => {
        const resources = rule.resources.filter((resource) =>
          rule.apiGroups.some((group) =>
            rule.verbs.some((verb) => {
              const [asked] = rule.resourceNames;
              const attributes = {
                verb,
                group,
                resource,
                ...(namespace !== undefined && { namespace }),
                ...(asked !== undefined && { name: asked }),
              };
              return covers(rule, attributes) && !authorizer.allows(user, attributes);
            }),
          ),
        );
        return resources.length === 0
          ? []
          : [`${rule.verbs.join(',')} ${resources.map((resource) => named(resource, rule)).join(',')}`];
      });
      if (lost.length > 0) losses.push({ account, by, what: inWords(lost, namespace) });
    }
    return losses;
  }

  function contributorTo(role: Stored): ObjectId | undefined {
    const selectors = listOf(fieldAt(role.aggregationRule, 'clusterRoleSelectors'));
    const found = contributors.findLast(({ metadata }) => selectors.some((selector) => selects(selector, metadata.labels ?? {})));
    return found && idOf(found);
  }
}

/** Which of the accounts the binding names, by themselves or through a group of theirs. */
function boundBy(binding: Stored, accounts: ReadonlySet<string>): Set<string> {
  const bound = new Set<string>();
  const add = (account: string) => {
    if (accounts.has(account)) bound.add(account);
  };
  for (const subject of listOf(binding.subjects)) {
    const name = textOf(fieldAt(subject, 'name')) ?? '';
    const kind = fieldAt(subject, 'kind');
    if (kind === 'ServiceAccount') add(`${textOf(fieldAt(subject, 'namespace')) ?? binding.metadata.namespace}/${name}`);
    else if (kind === 'User') add(name.replace(/^system:serviceaccount:([^:]+):/, '$1/'));
    else for (const account of accounts) if (isIn(name, account)) bound.add(account);
  }
  return bound;
}

function isIn(group: string, account: string): boolean {
  if (group === 'system:serviceaccounts' || group === 'system:authenticated') return true;
  return group === `system:serviceaccounts:${account.split('/')[0]}`;
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

function sameRule(one: PolicyRule, other: PolicyRule): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
