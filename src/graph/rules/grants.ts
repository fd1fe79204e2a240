/**
 * Which workloads may do what with which resource, as the roles and bindings of the set say: the base for telling which of them is the
 * controller of a custom resource. Rights through groups are left out, because what everybody may do tells nobody apart.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
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
  evidence: Evidence[];
};

/** Finds the workloads that may watch or change a resource. */
export type Grants = (group: string, resource: string) => Grant[];

/** Indexes every right to watch or to change custom resources. */
export function grantsIn(world: World): Grants {
  const index = new Map<string, Grant[]>();
  const aggregated = contributorsByRole(world);
  for (const binding of bindingsOf(world)) {
    const holders = holdersOf(binding, world);
    const target = roleOf(binding);
    if (holders.length === 0 || target === undefined) continue;
    const sources = [target.id, ...contributionsTo(target.id, aggregated).map(({ to }) => to)];
    for (const right of rightsOf(target, sources, binding, world)) {
      for (const { workload, proof } of holders) {
        const grant: Grant = {
          workload,
          ...(binding.metadata.namespace && { namespace: binding.metadata.namespace }),
          ...(right.names && { names: right.names }),
          broad: right.group === '*',
          evidence: [right.proof, ...proof],
        };
        const key = `${right.group}/${right.resource}`;
        const list = index.get(key);
        if (list) list.push(grant);
        else index.set(key, [grant]);
      }
    }
  }
  return (group, resource) =>
    [`${group}/${resource}`, `${group}/*`, `*/${resource}`, '*/*'].flatMap((key) => index.get(key) ?? []);
}

/** True when a grant reaches this object. */
export function reaches(grant: Grant, object: KubernetesObject): boolean {
  if (grant.namespace !== undefined && grant.namespace !== object.metadata.namespace) return false;
  return grant.names === undefined || grant.names.includes(object.metadata.name);
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

type Right = { group: string; resource: string; names?: string[]; proof: Evidence };

function rightsOf(target: { id: ObjectId; name: string }, sources: ObjectId[], binding: KubernetesObject, world: World): Right[] {
  if (target.name === 'cluster-admin' && !world.has(target.id)) {
    // The API server brings this role along; it stands in no manifest.
    return [{ group: '*', resource: '*', proof: { object: world.idOf(binding), field: 'roleRef.name', value: 'cluster-admin' } }];
  }
  return sources.flatMap((id) =>
    listOf(world.byId(id)?.rules).flatMap((rule, index) => rightsOfRule(rule, id, `rules[${index}]`)),
  );
}

function rightsOfRule(rule: unknown, role: ObjectId, path: string): Right[] {
  if (!textsOf(fieldAt(rule, 'verbs')).some((verb) => servingVerbs.has(verb))) return [];
  const names = textsOf(fieldAt(rule, 'resourceNames'));
  return textsOf(fieldAt(rule, 'resources')).flatMap((entry, index) => {
    // `widgets/status` and `widgets/finalizers` are what a controller writes; `*/status` covers that of every resource.
    const resource = textOf(entry.split('/')[0]) ?? entry;
    const proof = { object: role, field: `${path}.resources[${index}]`, value: entry };
    return textsOf(fieldAt(rule, 'apiGroups')).map((group) => ({ group, resource, ...(names.length > 0 && { names }), proof }));
  });
}

/** To serve a finalizer takes knowing of the object and changing it. Only reading and listing is what dashboards do. */
const servingVerbs = new Set(['*', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']);
