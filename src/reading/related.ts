/**
 * Of everything that was read, what an uninstall concerns: what was made out of its objects, what needs them, who
 * serves them, what stands over them, and what all of these need in turn. The rest of a cluster is left out, so that a
 * preview stays as large as its subject.
 */
import { findEdges } from '../graph/build.ts';
import type { Edge } from '../graph/edge.ts';
import { rules } from '../graph/rules.ts';
import { makeWorld } from '../graph/world.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { append } from '../objects/append.ts';
import { fieldAt, listOf } from '../objects/fields.ts';
import { groupOf, idOf, makeId, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { definedBy, isCrd } from '../objects/scopes.ts';
import { isOurs, type Marks } from './marks.ts';

export type Concern = {
  /** What is to go, hooks and `crds/` included. */
  given: readonly KubernetesObject[];
  /** Custom resources and definitions that it concerns. */
  custom: readonly KubernetesObject[];
  /** Namespaces that matter with all that is in them. */
  whole: ReadonlySet<string>;
  /** By what else its objects are recognised. */
  marks: Marks;
};

/** @param live what was read, each object once */
export function relatedTo({ given, custom, whole, marks }: Concern, live: readonly KubernetesObject[]): KubernetesObject[] {
  const liveIds = new Set(live.map(idOf));
  const all = [...live, ...given.filter((object) => !liveIds.has(idOf(object)))];
  const world = makeWorld(all);
  // Who serves what is told by `serving`, which weighs it; here everybody with rights to everything would come along.
  const edges = findEdges(
    world,
    rules.filter(({ name }) => name !== 'controller'),
  );
  const kept = new Set<ObjectId>([...given, ...custom].map(idOf));
  for (const object of live)
    if (rulesOverAll(object) || whole.has(object.metadata.namespace ?? '') || isOurs(object, marks)) kept.add(idOf(object));
  const standing = new Set(live.filter(rulesOverAll).map(idOf));

  const children = childrenOf(all);
  addChildren(kept, children, world.byId);
  const dependents = Map.groupBy(edges, ({ to }) => to);
  spread(kept, (id) => (standing.has(id) ? [] : (dependents.get(id) ?? []).filter(isUse).map(({ from }) => from)));
  addChildren(kept, children, world.byId);
  const servers = serversOf(all, kept, custom);
  for (const id of servers) kept.add(id);
  addChildren(kept, children, world.byId);
  const dependencies = Map.groupBy(edges, ({ from }) => from);
  spread(kept, (id) => (dependencies.get(id) ?? []).map(({ to }) => to));
  addChildren(kept, children, world.byId);
  return live.filter((object) => kept.has(idOf(object)));
}

/**
 * To lie in a namespace is no use of it; whole namespaces are asked for. And what half of all charts add to `view` and
 * `admin`, which Kubernetes itself brings along, is missed by nobody's Pods: without this everybody who holds these
 * would come along.
 */
function isUse(edge: Edge): boolean {
  return edge.rule !== 'namespace' && !isOfEverybody(edge);
}

/** What half of all charts add to `view` and `admin`, which Kubernetes itself brings along. */
export function isOfEverybody({ from, evidence }: Edge): boolean {
  const aggregating = evidence.filter(({ field }) => field.startsWith('aggregationRule')).map(({ object }) => object);
  return [from, ...aggregating].some((id) => everybodys.has(id));
}

/** `bootstrappolicy.ClusterRoles` */
const everybodys: ReadonlySet<string> = new Set(
  ['admin', 'edit', 'view'].map((name) => makeId('rbac.authorization.k8s.io', 'ClusterRole', undefined, name)),
);

/** What every request goes past, and the nodes. */
function rulesOverAll(object: KubernetesObject): boolean {
  const group = groupOf(object.apiVersion);
  if (group === 'admissionregistration.k8s.io') return true;
  if (group === 'apiregistration.k8s.io') return fieldAt(object, 'spec', 'service') !== undefined;
  return group === '' && object.kind === 'Node';
}

function spread(kept: Set<ObjectId>, next: (id: ObjectId) => readonly ObjectId[]): void {
  const open = [...kept];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const further of next(id)) {
      if (kept.has(further)) continue;
      kept.add(further);
      open.push(further);
    }
  }
}

function childrenOf(objects: readonly KubernetesObject[]): Map<string, ObjectId[]> {
  const byOwner = new Map<string, ObjectId[]>();
  for (const object of objects) {
    for (const { uid } of object.metadata.ownerReferences ?? []) append(byOwner, uid, idOf(object));
  }
  return byOwner;
}

function addChildren(
  kept: Set<ObjectId>,
  byOwner: ReadonlyMap<string, ObjectId[]>,
  byId: (id: ObjectId) => KubernetesObject | undefined,
): void {
  // A Node owns leases and mirror Pods, a Namespace at times whole operators: neither makes them.
  spread(kept, (id) => {
    const object = byId(id);
    return object === undefined || object.kind === 'Node' ? [] : (byOwner.get(object.metadata.uid ?? '') ?? []);
  });
}

/** Controllers of the kinds, and whoever removes the finalizers of what is kept. */
function serversOf(
  all: readonly KubernetesObject[],
  kept: ReadonlySet<ObjectId>,
  custom: readonly KubernetesObject[],
): ObjectId[] {
  const serving = servingOf(all);
  const ofKinds = custom
    .filter(isCrd)
    .map(definedBy)
    .flatMap(({ group, kind }) => serving.controllersOf(group, kind));
  const ofFinalizers = all
    .filter((object) => kept.has(idOf(object)))
    .flatMap((object) =>
      listOf(object.metadata.finalizers).flatMap((finalizer) => {
        const servers = typeof finalizer === 'string' ? serving.serversOfFinalizer(finalizer, object) : [];
        return servers === 'kubernetes' ? [] : servers;
      }),
    );
  return [...new Set([...ofKinds, ...ofFinalizers].map(({ workload }) => workload))];
}
