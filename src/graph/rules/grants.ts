/**
 * Which workloads may do what with which resource, as the roles and bindings of the set say: the base for telling which
 * of them is the controller of a custom resource. Rights through groups are left out, because what everybody may do
 * tells nobody apart.
 */
import { append } from '../../objects/append.ts';
import { textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { RoleRef } from '../../objects/rbac.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { Evidence, Workload, World } from '../edge.ts';
import { type Granted, grantedByBindings, isClusterAdmin } from './role.ts';
import { subjectsOf } from './role-binding.ts';

export type Grant = {
  workload: Workload;
  /** Only objects of this namespace: the right comes from a RoleBinding. */
  namespace?: string;
  /** Only objects of these names. */
  names?: string[];
  /** From a rule for all API groups. */
  broad: boolean;
  /** As the rule has them. */
  verbs: readonly string[];
  /** Of `widgets/status` what stands behind the slash; absent where the rule is about the resource itself. */
  subresource?: string;
  evidence: Evidence[];
};

/** The rights to one resource: those that hold in every namespace, and those that hold in one. */
export type Grants = { everywhere: Grant[]; inNamespace: Map<string, Grant[]> };

/** Finds the workloads that may watch or change a resource of a group that is not built in. */
export function grantsIn(world: World): (group: string, resource: string) => Grants {
  const index = new Map<string, Grant[]>();
  for (const { binding, role, granted } of grantedByBindings(world)) {
    const rights = granted.flatMap((each) =>
      rightsOfRule(each, isClusterAdmin(role, world) ? roleRef(binding, role, world) : undefined),
    );
    if (rights.length === 0) continue;
    const holders = holdersOf(binding, world);
    for (const { group, resource, names, verbs, subresource, proof: right } of rights) {
      const { namespace } = binding.metadata;
      for (const { workload, proof } of holders) {
        append(index, `${group}/${resource}`, {
          workload,
          ...(namespace && { namespace }),
          ...(names && { names }),
          broad: group === '*',
          verbs,
          ...(subresource !== undefined && { subresource }),
          evidence: [right, ...proof],
        });
      }
    }
  }
  const known = new Map<string, Grants>();
  return (group, resource) => {
    const key = `${group}/${resource}`;
    const found = known.get(key) ?? split([key, `${group}/*`, `*/${resource}`, '*/*'].flatMap((entry) => index.get(entry) ?? []));
    known.set(key, found);
    return found;
  };
}

/** The grants that reach this object. */
export function reaching({ everywhere, inNamespace }: Grants, object: KubernetesObject): Grant[] {
  const here = inNamespace.get(object.metadata.namespace ?? '') ?? [];
  return [...everywhere, ...here].filter(({ names }) => names === undefined || names.includes(object.metadata.name));
}

function split(grants: Grant[]): Grants {
  const inNamespace = new Map<string, Grant[]>();
  for (const grant of grants) if (grant.namespace !== undefined) append(inNamespace, grant.namespace, grant);
  return { everywhere: grants.filter(({ namespace }) => namespace === undefined), inNamespace };
}

function holdersOf(binding: KubernetesObject, world: World): { workload: Workload; proof: Evidence[] }[] {
  return subjectsOf(binding, world)
    .filter((subject) => !subject.group)
    .flatMap(({ binding: id, field, value, workloads }) =>
      workloads.map((workload) => ({
        workload,
        proof: [
          { object: id, field, value },
          { object: workload.id, field: workload.serviceAccountPath, value: workload.serviceAccount },
        ],
      })),
    );
}

type Right = Pick<Grant, 'names' | 'verbs' | 'subresource'> & { group: string; resource: string; proof: Evidence };

function rightsOfRule({ rule, role, field }: Granted, proof: Evidence | undefined): Right[] {
  const { verbs, resourceNames: names } = rule;
  if (!verbs.some((verb) => servingVerbs.has(verb))) return [];
  const groups = rule.apiGroups.filter((group) => !isBuiltInGroup(group));
  return rule.resources.flatMap((entry, index) => {
    // `widgets/status` and `widgets/finalizers` are what a controller writes; `*/status` covers that of every resource.
    const [head, subresource] = entry.split('/');
    const resource = textOf(head) ?? entry;
    const own = { object: role, field: `${field}.resources[${index}]`, value: entry };
    const what = {
      resource,
      verbs,
      ...(subresource && { subresource }),
      ...(names.length > 0 && { names }),
      proof: proof ?? own,
    };
    return groups.map((group) => ({ group, ...what }));
  });
}

/** What proves a right of a role that stands nowhere. */
function roleRef(binding: KubernetesObject, { name }: RoleRef, world: World): Evidence {
  return { object: world.idOf(binding), field: 'roleRef.name', value: name };
}

/** To serve a finalizer takes knowing of the object and changing it. Only reading and listing is what dashboards do. */
const servingVerbs = new Set(['*', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
