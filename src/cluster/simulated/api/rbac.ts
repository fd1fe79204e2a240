/**
 * RBAC: whether a user may do something, from the Roles and bindings that are stored at this moment
 * (`plugin/pkg/auth/authorizer/rbac`).
 *
 * A deletionTimestamp on a role or binding changes nothing: it grants until it is really gone. That is what makes a
 * finalizer on it hold a permission open.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { type Attributes, binds, covers, type PolicyRule, rbacGroup, roleOf, rulesIn } from '../../../objects/rbac.ts';
import { keyOf } from './kind.ts';
import type { Store, Stored } from './store.ts';
import type { User } from './user.ts';

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

  /** Paths that are no resources, such as `/metrics`; a rule may end in `*`. */
  allowsUrl(user: User, verb: string, url: string): boolean {
    if (user.groups.includes('system:masters')) return true;
    const matches = (pattern: string) => pattern === url || (pattern.endsWith('*') && url.startsWith(pattern.slice(0, -1)));
    return this.#grantedTo(user).cluster.some(
      ({ verbs, nonResourceURLs }) => (verbs.includes('*') || verbs.includes(verb)) && nonResourceURLs.some(matches),
    );
  }

  /** All rules that hold for the user in a namespace, or at cluster scope alone. */
  rulesOf(user: User, namespace?: string): PolicyRule[] {
    const granted = this.#grantedTo(user);
    return namespace === undefined ? granted.cluster : [...granted.cluster, ...this.#rulesIn(user, granted, namespace)];
  }

  /** The rules of the role that a binding names, or undefined when there is no such role. */
  rulesBehind(binding: Stored): PolicyRule[] | undefined {
    const ref = roleOf(binding);
    const role = ref && this.#store.get(roleKeys[ref.kind], ref.namespace, ref.name);
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
