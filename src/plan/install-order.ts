/**
 * The same graph read backwards: what must be ready before an object is applied.
 *
 * Reading it backwards is right for all but one thing. A CustomResourceDefinition goes before its controller and its
 * conversion webhook are gone, yet it also comes before them: a controller that starts without the kinds that it
 * watches ends with an error. So a CustomResourceDefinition waits for no workload and no Service, they wait for it, and
 * its custom resources wait for both.
 *
 * What admission webhooks add: `webhooks-first.ts`.
 */
import type { Graph } from '../graph/edge.ts';
import { sorted } from '../graph/order.ts';
import type { ObjectId } from '../objects/identity.ts';
import { makePlan } from './make-plan.ts';
import type { Plan } from './plan.ts';
import { webhooksFirst } from './webhooks-first.ts';

/**
 * What must be ready before each object, in an order that is right for applying one by one. Keep policies play no part.
 * @throws BookendError cycle, as `makePlan` does.
 */
export function installOrder(graph: Graph): Map<ObjectId, ObjectId[]> {
  const plan = makePlan(graph, { ignoreKeep: true });
  const dependencies = unordered(plan);
  webhooksFirst(graph, dependencies);
  return inOrder(plan, dependencies);
}

/**
 * For each step of a plan the steps that must be ready before it is applied; the steps stand in an order that is right
 * for applying one by one. A barrier (`Component.bookend.dev/NAME`) is ready as soon as all that it names is: it stands
 * for "all that component NAME depends on". It names objects only, never another barrier.
 *
 * The plan must have been made with `ignoreKeep`: nothing waits for kept objects, so their place in the order would be
 * lost.
 */
export function dependenciesOf(plan: Plan): Map<ObjectId, ObjectId[]> {
  return inOrder(plan, unordered(plan));
}

function unordered(plan: Plan): Map<ObjectId, Set<ObjectId>> {
  const dependencies = new Map<ObjectId, Set<ObjectId>>(plan.steps.map(({ id }) => [id, new Set<ObjectId>()]));
  for (const step of plan.steps) for (const id of step.after) dependencies.get(id)?.add(step.id);
  resolveBarriers(plan, dependencies);
  definitionsFirst(plan, dependencies);
  return dependencies;
}

/** A component without objects passes on what it depends on itself. */
function resolveBarriers(plan: Plan, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): void {
  const barriers = new Set(plan.steps.filter(({ mode }) => mode === 'barrier').map(({ id }) => id));
  // Backwards, so that what a barrier names is resolved already.
  for (const { id } of plan.steps.toReversed()) {
    const needs = dependencies.get(id);
    if (!needs || !barriers.has(id)) continue;
    for (const other of [...needs].filter((need) => barriers.has(need))) {
      needs.delete(other);
      for (const further of dependencies.get(other) ?? []) needs.add(further);
    }
  }
}

function definitionsFirst(plan: Plan, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): void {
  const pairs: { definition: ObjectId; server: ObjectId }[] = [];
  // Backwards, so that what one definition hands on to another is taken from that one too.
  for (const { id: definition, after } of plan.steps.toReversed()) {
    if (!definition.startsWith('CustomResourceDefinition.apiextensions.k8s.io/')) continue;
    const needs = dependencies.get(definition) ?? new Set();
    for (const server of [...needs].filter((id) => servingKinds.some((kind) => id.startsWith(kind)))) {
      needs.delete(server);
      for (const resource of after) dependencies.get(resource)?.add(server);
      pairs.push({ definition, server });
    }
  }
  for (const { definition, server } of pairs) {
    // Somebody may ask for the other order by `dependsOn`.
    if (!reaches(definition, server, dependencies)) dependencies.get(server)?.add(definition);
  }
}

/** What a controller or a webhook backend can be. */
const servingKinds = [
  'Deployment.apps/',
  'StatefulSet.apps/',
  'DaemonSet.apps/',
  'ReplicaSet.apps/',
  'Pod/',
  'ReplicationController/',
  'Job.batch/',
  'CronJob.batch/',
  'Service/',
];

function reaches(from: ObjectId, to: ObjectId, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): boolean {
  const seen = new Set([from]);
  const toVisit = [from];
  for (let current = toVisit.pop(); current !== undefined; current = toVisit.pop()) {
    if (current === to) return true;
    for (const id of dependencies.get(current) ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      toVisit.push(id);
    }
  }
  return false;
}

/** The plan's order backwards, changed only where a definition moved forward. */
function inOrder(plan: Plan, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): Map<ObjectId, ObjectId[]> {
  const ids = plan.steps.map(({ id }) => id).reverse();
  const numbers = new Map(ids.map((id, index) => [id, index]));
  const needed: number[][] = ids.map(() => []);
  for (const [id, needs] of dependencies)
    for (const other of needs) needed[numbers.get(other) ?? -1]?.push(numbers.get(id) ?? -1);
  return new Map(
    sorted({ needs: needed }).flatMap((index) => (ids[index] ? [[ids[index], [...(dependencies.get(ids[index]) ?? [])]]] : [])),
  );
}
