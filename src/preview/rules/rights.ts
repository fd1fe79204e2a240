/** What an account may do, from the roles and bindings that are known, and whether that is more than every controller has for its own leader election. */

import type { World } from '../../graph/edge.ts';
import { contributionsTo, contributorsByRole, roleOf } from '../../graph/rules/role.ts';
import { bindingsOf } from '../../graph/rules/role-binding.ts';
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';

export type Right = {
  verbs: readonly string[];
  groups: readonly string[];
  resources: readonly string[];
  names: readonly string[];
  /** Only there: it comes from a RoleBinding. */
  namespace?: string;
  /** The role with the rule, and where in it. */
  role: ObjectId;
  field: string;
  binding: ObjectId;
};

export type Asked = { verb: string; group: string; resource: string; namespace?: string; name?: string };

/** Rights by account, `namespace/name`. Made once for all accounts. Rights that everybody has through a group of Kubernetes are left out. */
export function rightsByAccount(world: World): (account: string) => readonly Right[] {
  const found = new Map<string, Right[]>();
  const aggregated = contributorsByRole(world);
  for (const binding of bindingsOf(world)) {
    const target = roleOf(binding);
    if (target === undefined) continue;
    const sources = [target.id, ...contributionsTo(target.id, aggregated).map(({ to }) => to)];
    const rights = sources.flatMap((id) => rightsOfRole(world.byId(id), id, world.idOf(binding), binding.metadata.namespace));
    if (target.name === 'cluster-admin' && !world.has(target.id)) rights.push(everything(target.id, world.idOf(binding)));
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
 * Whether one of the rights covers what is asked, as RBAC judges it. A list or a deletecollection has no name and is not covered by a rule with names; of other
 * verbs without a name it is not known which object they mean, and the rule is taken to cover it.
 */
export function allows(rights: readonly Right[], asked: Asked): boolean {
  return rights.some(
    (right) =>
      has(right.verbs, asked.verb) &&
      has(right.groups, asked.group) &&
      (has(right.resources, asked.resource) || right.resources.includes(`*/${asked.resource.split('/')[1]}`)) &&
      (right.names.length === 0 || (asked.name === undefined ? !nameless.has(asked.verb) : right.names.includes(asked.name))) &&
      (right.namespace === undefined || right.namespace === asked.namespace),
  );
}

const nameless = new Set(['list', 'watch', 'create', 'deletecollection']);

/**
 * Whether losing it harms nobody who stops: leader election (leases, and ConfigMaps or Endpoints in its place), Events, token and access reviews, and the
 * statuses of what others made. The status of its node is another matter.
 */
export function isHousekeeping({ resources, groups }: Right): boolean {
  return resources.every(
    (resource) => isStatus(resource) || groups.every((group) => housekeeping.has(`${group}/${resource.split('/')[0]}`)),
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

function rightsOfRole(
  role: KubernetesObject | undefined,
  id: ObjectId,
  binding: ObjectId,
  namespace: string | undefined,
): Right[] {
  return listOf(role?.rules).map((rule, index) => ({
    verbs: textsOf(fieldAt(rule, 'verbs')),
    groups: textsOf(fieldAt(rule, 'apiGroups')),
    resources: textsOf(fieldAt(rule, 'resources')),
    names: textsOf(fieldAt(rule, 'resourceNames')),
    ...(namespace !== undefined && { namespace }),
    role: id,
    field: `rules[${index}]`,
    binding,
  }));
}

/** Whether a binding gives an account a role of which the rules are not known: one of Kubernetes' own (`edit`, `view`), or of somebody else. */
export function hasUnknownRole(account: string, world: World): boolean {
  return bindingsOf(world).some((binding) => {
    const role = roleOf(binding);
    if (role === undefined || role.name === 'cluster-admin' || world.has(role.id)) return false;
    return holdersOf(binding).includes(account);
  });
}

/** The API server brings this role along; it stands in no manifest. */
function everything(role: ObjectId, binding: ObjectId): Right {
  return { verbs: ['*'], groups: ['*'], resources: ['*'], names: [], role, field: 'rules', binding };
}

function holdersOf(binding: KubernetesObject): string[] {
  return listOf(binding.subjects).flatMap((subject) => {
    const name = textOf(fieldAt(subject, 'name'));
    if (name === undefined) return [];
    const kind = fieldAt(subject, 'kind');
    if (kind === 'ServiceAccount')
      return [`${textOf(fieldAt(subject, 'namespace')) ?? binding.metadata.namespace ?? ''}/${name}`];
    if (kind === 'User') {
      const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
      return account === undefined ? [] : [`${namespace}/${account}`];
    }
    if (name === 'system:serviceaccounts' || name === 'system:authenticated') return ['*'];
    return name.startsWith('system:serviceaccounts:') ? [`${name.slice('system:serviceaccounts:'.length)}/*`] : [];
  });
}

function has(values: readonly string[], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

const none: readonly Right[] = [];
