/**
 * Meaning of Roles, ClusterRoles and bindings (`rbac.authorization.k8s.io`): whether a rule covers a request, the role
 * and the subjects of a binding, and the parts of an aggregated role. Graph, preview and simulated API server use it.
 */
import { fieldAt, listOf, mapOf, textOf, textsOf } from './fields.ts';
import { makeId, type ObjectId } from './identity.ts';
import type { KubernetesObject } from './object.ts';
import { selects } from './selectors.ts';
import { type Account, accountOfUser, accountsOfGroup, serviceAccountUser } from './service-accounts.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

export type PolicyRule = {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  /** Only objects of these names; empty: all. */
  resourceNames: string[];
  nonResourceURLs: string[];
};

/** What is asked for. `resource` is `pods`, or `pods/status` for a subresource. */
export type Attributes = { verb: string; group: string; resource: string; namespace?: string; name?: string };

/** The rules of a Role or ClusterRole. */
export function rulesIn(role: KubernetesObject): PolicyRule[] {
  return listOf(role.rules)
    .map(mapOf)
    .map((rule) => ({
      verbs: textsOf(rule.verbs),
      apiGroups: textsOf(rule.apiGroups),
      resources: textsOf(rule.resources),
      resourceNames: textsOf(rule.resourceNames),
      nonResourceURLs: textsOf(rule.nonResourceURLs),
    }));
}

/**
 * Whether one rule grants what is asked, as RBAC judges it: a rule with names covers no request without one. In which
 * namespace it holds, its binding says.
 */
export function covers(rule: PolicyRule, asked: Attributes): boolean {
  const { resourceNames } = rule;
  return (
    coversResource(rule, asked) &&
    (resourceNames.length === 0 || (asked.name !== undefined && resourceNames.includes(asked.name)))
  );
}

/**
 * Whether it is about the verb and the resource at all, of whatever name. A subresource is covered by its own name, by
 * `*`, and as that of every resource.
 */
export function coversResource(rule: PolicyRule, { verb, group, resource }: Attributes): boolean {
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    (has(rule.resources, resource) || rule.resources.includes(`*/${resource.split('/')[1]}`))
  );
}

function has(values: readonly string[], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

export type RoleRef = { kind: 'Role' | 'ClusterRole'; namespace?: string; name: string; id: ObjectId };

/** The role that a binding grants. */
export function roleOf(binding: KubernetesObject): RoleRef | undefined {
  const name = textOf(fieldAt(binding, 'roleRef', 'name'));
  if (name === undefined) return undefined;
  const { namespace } = binding.metadata;
  return fieldAt(binding, 'roleRef', 'kind') === 'ClusterRole'
    ? { kind: 'ClusterRole', name, id: makeId(rbacGroup, 'ClusterRole', undefined, name) }
    : { kind: 'Role', ...(namespace && { namespace }), name, id: makeId(rbacGroup, 'Role', namespace, name) };
}

export type Subject = {
  /** Where its name stands. */
  field: string;
  name: string;
  /** Which ServiceAccounts it is: one, those of a namespace, or all. Absent: none, as far as the name tells. */
  accounts?: Partial<Account>;
  /** A group, which many have in common. */
  isGroup: boolean;
};

/**
 * Whom a binding names. An account can be named as `ServiceAccount`, as `User` by its user name, or by a `Group` that
 * it is in.
 */
export function subjectsIn(binding: KubernetesObject): Subject[] {
  return listOf(binding.subjects).flatMap((subject, index) => {
    const { kind, name: given, namespace } = mapOf(subject);
    const name = textOf(given);
    if (name === undefined) return [];
    const home = textOf(namespace) ?? binding.metadata.namespace ?? '';
    const accounts = accountsNamed(kind, name, home);
    return [{ field: `subjects[${index}].name`, name, ...(accounts && { accounts }), isGroup: kind === 'Group' }];
  });
}

function accountsNamed(kind: unknown, name: string, home: string): Partial<Account> | undefined {
  if (kind === 'ServiceAccount') return { namespace: home, name };
  return kind === 'User' ? accountOfUser(name) : kind === 'Group' ? accountsOfGroup(name) : undefined;
}

/** Whether a binding names this user, or a group of his (`plugin/pkg/auth/authorizer/rbac`, `appliesTo`). */
export function binds(binding: KubernetesObject, user: { name: string; groups: readonly string[] }): boolean {
  return listOf(binding.subjects)
    .map(mapOf)
    .some(({ kind, name, namespace }) => {
      if (kind === 'User') return name === user.name;
      if (kind === 'Group') return user.groups.includes(String(name));
      return serviceAccountUser(String(namespace ?? binding.metadata.namespace), String(name)) === user.name;
    });
}

/** Whether a ClusterRole gets its rules from others. */
export function isAggregated(role: KubernetesObject): boolean {
  return listOf(fieldAt(role, 'aggregationRule', 'clusterRoleSelectors')).length > 0;
}

/**
 * Which selector of an aggregated ClusterRole lets the rules of another flow into it, or -1. Whether that is another
 * role is for the caller to know.
 */
export function aggregatingSelector(aggregate: KubernetesObject, { metadata: { labels = {} } }: KubernetesObject): number {
  return listOf(fieldAt(aggregate, 'aggregationRule', 'clusterRoleSelectors')).findIndex((selector) => selects(selector, labels));
}
