/**
 * What an account may do, from the roles and bindings that are known, and whether that is more than every controller
 * has for its own leader election.
 */

import type { World } from '../graph/edge.ts';
import { grantedByBindings } from '../graph/rules/role.ts';
import { bindingsOf } from '../graph/rules/role-binding.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type Attributes, covers, coversResource, type PolicyRule, roleOf, subjectsIn } from '../objects/rbac.ts';

export type Right = PolicyRule & {
  /** Only there: it comes from a RoleBinding. */
  namespace?: string;
  /** The role with the rule, and where in it. */
  role: ObjectId;
  field: string;
  binding: ObjectId;
};

/**
 * Rights by account, `namespace/name`. Made once for all accounts. Rights that everybody has through a group of
 * Kubernetes are left out.
 */
export function rightsByAccount(world: World): (account: string) => readonly Right[] {
  const found = new Map<string, Right[]>();
  for (const { binding, granted } of grantedByBindings(world)) {
    const { namespace } = binding.metadata;
    const id = world.idOf(binding);
    const rights = granted.map(
      ({ rule, role, field }): Right => ({ ...rule, ...(namespace !== undefined && { namespace }), role, field, binding: id }),
    );
    for (const key of holdersOf(binding)) found.set(key, [...(found.get(key) ?? []), ...rights]);
  }
  return (account) => {
    const [namespace = ''] = account.split('/');
    const own = found.get(account) ?? none;
    const shared = [...(found.get(`${namespace}/*`) ?? none), ...(found.get('*') ?? none)];
    return shared.length === 0 ? own : [...own, ...shared];
  };
}

/**
 * Whether one of the rights covers what is asked, as RBAC judges it. A list or a deletecollection has no name and is
 * not covered by a rule with names; of other verbs without a name it is not known which object they mean, and the rule
 * is taken to cover it.
 */
export function allows(rights: readonly Right[], asked: Attributes): boolean {
  const unknownName = asked.name === undefined && !nameless.has(asked.verb);
  return rights.some(
    (right) =>
      (right.namespace === undefined || right.namespace === asked.namespace) &&
      (unknownName ? coversResource(right, asked) : covers(right, asked)),
  );
}

const nameless = new Set(['list', 'watch', 'create', 'deletecollection']);

/**
 * Whether losing it harms nobody who stops: leader election (leases, and ConfigMaps or Endpoints in its place), Events,
 * token and access reviews, and the statuses of what others made. The status of its node is another matter.
 */
export function isHousekeeping({ resources, apiGroups }: Right): boolean {
  return resources.every(
    (resource) => isStatus(resource) || apiGroups.every((group) => housekeeping.has(`${group}/${resource.split('/')[0]}`)),
  );
}

function isStatus(resource: string): boolean {
  return /^(?!nodes\/)[^/]+\/(status|finalizers)$/.test(resource);
}

const housekeeping = new Set([
  'coordination.k8s.io/leases',
  '/configmaps',
  '/endpoints',
  '/events',
  'events.k8s.io/events',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/subjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
]);

export function changes({ verbs }: Right): boolean {
  return verbs.some((verb) => changing.has(verb));
}

const changing = new Set(['*', 'create', 'update', 'patch', 'delete', 'deletecollection']);

/**
 * Whether a binding gives an account a role of which the rules are not known: one of Kubernetes' own (`edit`, `view`),
 * or of somebody else.
 */
export function hasUnknownRole(account: string, world: World): boolean {
  return bindingsOf(world).some((binding) => {
    const role = roleOf(binding);
    if (role === undefined || role.name === 'cluster-admin' || world.has(role.id)) return false;
    return holdersOf(binding).includes(account);
  });
}

/** Accounts as `namespace/name`; those of a namespace as `namespace/*`, all as `*`. */
function holdersOf(binding: KubernetesObject): string[] {
  return subjectsIn(binding).flatMap(({ accounts }) => {
    if (accounts === undefined) return [];
    const { namespace, name } = accounts;
    return namespace === undefined ? ['*'] : [`${namespace}/${name ?? '*'}`];
  });
}

const none: readonly Right[] = [];
