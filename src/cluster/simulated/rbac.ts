/**
 * RBAC: whether a user may do something, from the Roles and bindings that are stored at this moment (`plugin/pkg/auth/authorizer/rbac`).
 *
 * A deletionTimestamp on a role or binding changes nothing: it grants until it is really gone. That is what makes a finalizer on it hold a
 * permission open.
 */
import { fieldAt, textsOf } from '../../objects/fields.ts';
import { type Fields, mapsOf } from './json.ts';
import { keyOf } from './kind.ts';
import type { Store, Stored } from './store.ts';
import { accountOf, type User } from './user.ts';

/** What is asked for. `resource` is `pods`, or `pods/status` for a subresource. */
export type Attributes = { verb: string; group: string; resource: string; namespace?: string; name?: string };

export type PolicyRule = {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  resourceNames: string[];
  nonResourceURLs: string[];
};

const rbacGroup = 'rbac.authorization.k8s.io';
export const roleKeys = { Role: keyOf('roles', rbacGroup), ClusterRole: keyOf('clusterroles', rbacGroup) };
export const bindingKeys = {
  RoleBinding: keyOf('rolebindings', rbacGroup),
  ClusterRoleBinding: keyOf('clusterrolebindings', rbacGroup),
};
const keys = new Set<string>([...Object.values(roleKeys), ...Object.values(bindingKeys)]);

/** Rules that one user has, remembered until anything in RBAC changes. */
type Granted = { cluster: PolicyRule[]; byNamespace: Map<string, PolicyRule[]> };

export class Authorizer {
  readonly #store: Store;
  readonly #granted = new Map<string, Granted>();

  constructor(store: Store) {
    this.#store = store;
    store.listen(({ kind }) => {
      if (keys.has(kind.key)) this.#granted.clear();
    });
  }

  allows(user: User, asked: Attributes): boolean {
    if (user.groups.includes('system:masters')) return true;
    const granted = this.#grantedTo(user);
    if (granted.cluster.some((rule) => covers(rule, asked))) return true;
    return asked.namespace !== undefined && this.#rulesIn(user, granted, asked.namespace).some((rule) => covers(rule, asked));
  }

  /** All rules that hold for the user in a namespace, or at cluster scope alone. */
  rulesOf(user: User, namespace?: string): PolicyRule[] {
    const granted = this.#grantedTo(user);
    return namespace === undefined ? granted.cluster : [...granted.cluster, ...this.#rulesIn(user, granted, namespace)];
  }

  /** The rules of the role that a binding names, or undefined when there is no such role. */
  rulesBehind(binding: Stored | Fields): PolicyRule[] | undefined {
    const kind = fieldAt(binding, 'roleRef', 'kind');
    const name = fieldAt(binding, 'roleRef', 'name') as string;
    const namespace = fieldAt(binding, 'metadata', 'namespace') as string | undefined;
    const role =
      kind === 'ClusterRole'
        ? this.#store.get(roleKeys.ClusterRole, undefined, name)
        : this.#store.get(roleKeys.Role, namespace, name);
    return role && rulesIn(role);
  }

  /** Roles that bindings give to the user and that are not there, in the API server's words. */
  missingRoles(user: User, namespace?: string): string[] {
    const bindings = [
      ...this.#store.all(bindingKeys.ClusterRoleBinding),
      ...(namespace === undefined ? [] : this.#store.all(bindingKeys.RoleBinding, namespace)),
    ];
    const missing = bindings
      .filter((binding) => binds(binding, user) && this.rulesBehind(binding) === undefined)
      .map(
        ({ roleRef }) =>
          `${String(fieldAt(roleRef, 'kind')).toLowerCase()}.${rbacGroup} "${String(fieldAt(roleRef, 'name'))}" not found`,
      );
    return [...new Set(missing)];
  }

  #grantedTo(user: User): Granted {
    const id = `${user.name}\0${user.groups.join('\0')}`;
    let granted = this.#granted.get(id);
    if (granted === undefined) {
      granted = { cluster: this.#rulesBound(this.#store.all(bindingKeys.ClusterRoleBinding), user), byNamespace: new Map() };
      this.#granted.set(id, granted);
    }
    return granted;
  }

  #rulesIn(user: User, { byNamespace }: Granted, namespace: string): PolicyRule[] {
    const known = byNamespace.get(namespace);
    if (known !== undefined) return known;
    const rules = this.#rulesBound(this.#store.all(bindingKeys.RoleBinding, namespace), user);
    byNamespace.set(namespace, rules);
    return rules;
  }

  #rulesBound(bindings: Stored[], user: User): PolicyRule[] {
    return bindings.filter((binding) => binds(binding, user)).flatMap((binding) => this.rulesBehind(binding) ?? []);
  }
}

/** The rules of a Role or ClusterRole. */
export function rulesIn(role: Stored | Fields): PolicyRule[] {
  return mapsOf((role as Fields).rules).map((rule) => ({
    verbs: textsOf(rule.verbs),
    apiGroups: textsOf(rule.apiGroups),
    resources: textsOf(rule.resources),
    resourceNames: textsOf(rule.resourceNames),
    nonResourceURLs: textsOf(rule.nonResourceURLs),
  }));
}

/** Whether one rule grants what is asked. */
export function covers(rule: PolicyRule, { verb, group, resource, name }: Attributes): boolean {
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    (has(rule.resources, resource) || rule.resources.includes(`*/${resource.split('/')[1]}`)) &&
    (rule.resourceNames.length === 0 || (name !== undefined && rule.resourceNames.includes(name)))
  );
}

function has(values: string[], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

function binds(binding: Stored, user: User): boolean {
  return mapsOf(binding.subjects).some((subject) => {
    if (subject.kind === 'User') return subject.name === user.name;
    if (subject.kind === 'Group') return user.groups.includes(String(subject.name));
    const account = accountOf(user.name);
    return (
      account !== undefined &&
      account.name === subject.name &&
      account.namespace === (subject.namespace ?? binding.metadata.namespace)
    );
  });
}
