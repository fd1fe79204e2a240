/**
 * Which workloads may do what with which resource, as the roles and bindings of the set say: the base for telling which of them is the
 * controller of a custom resource. Rights through groups are left out, because what everybody may do tells nobody apart.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { Evidence, Workload, World } from '../edge.ts';
import { contributionsTo, contributorsByRole, roleOf } from './role.ts';
import { bindingsOf, subjectsOf } from './role-binding.ts';

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
  const aggregated = contributorsByRole(world);
  for (const binding of bindingsOf(world)) {
    const target = roleOf(binding);
    if (target === undefined) continue;
    const sources = [target.id, ...contributionsTo(target.id, aggregated).map(({ to }) => to)];
    const rights = rightsOf(target, sources, binding, world);
    if (rights.length === 0) continue;
    const holders = holdersOf(binding, world);
    for (const { group, resource, names, verbs, subresource, proof: right } of rights) {
      const { namespace } = binding.metadata;
      for (const { workload, proof } of holders) {
        push(index, `${group}/${resource}`, {
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
  for (const grant of grants) if (grant.namespace !== undefined) push(inNamespace, grant.namespace, grant);
  return { everywhere: grants.filter(({ namespace }) => namespace === undefined), inNamespace };
}

function push(index: Map<string, Grant[]>, key: string, grant: Grant): void {
  const list = index.get(key);
  if (list) list.push(grant);
  else index.set(key, [grant]);
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

function rightsOf(target: { id: ObjectId; name: string }, sources: ObjectId[], binding: KubernetesObject, world: World): Right[] {
  if (target.name === 'cluster-admin' && !world.has(target.id)) {
    // The API server brings this role along; it stands in no manifest.
    const proof = { object: world.idOf(binding), field: 'roleRef.name', value: 'cluster-admin' };
    return [{ group: '*', resource: '*', verbs: ['*'], proof }];
  }
  return sources.flatMap((id) =>
    listOf(world.byId(id)?.rules).flatMap((rule, index) => rightsOfRule(rule, id, `rules[${index}]`)),
  );
}

function rightsOfRule(rule: unknown, role: ObjectId, path: string): Right[] {
  const verbs = textsOf(fieldAt(rule, 'verbs'));
  if (!verbs.some((verb) => servingVerbs.has(verb))) return [];
  const names = textsOf(fieldAt(rule, 'resourceNames'));
  return textsOf(fieldAt(rule, 'resources')).flatMap((entry, index) => {
    // `widgets/status` and `widgets/finalizers` are what a controller writes; `*/status` covers that of every resource.
    const [head, subresource] = entry.split('/');
    const resource = textOf(head) ?? entry;
    const proof = { object: role, field: `${path}.resources[${index}]`, value: entry };
    const groups = textsOf(fieldAt(rule, 'apiGroups')).filter((group) => !isBuiltInGroup(group));
    const what = { resource, verbs, ...(subresource && { subresource }), ...(names.length > 0 && { names }), proof };
    return groups.map((group) => ({ group, ...what }));
  });
}

/** To serve a finalizer takes knowing of the object and changing it. Only reading and listing is what dashboards do. */
const servingVerbs = new Set(['*', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
