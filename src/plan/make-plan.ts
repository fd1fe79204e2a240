/** From the graph to the order: for each object what must be gone before it is deleted. */
import type { Graph } from '../graph/edge.ts';
import { orderGraph, sorted } from '../graph/order.ts';
import { type ObjectId, parseId, refOf } from '../objects/identity.ts';
import { bookendApiVersion } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { refuseCycle } from './cycle.ts';
import { keptObjects } from './keep.ts';
import type { Plan, PlanStep } from './plan.ts';
import { reduced } from './reduce.ts';

export type PlanOptions = {
  /**
   * Objects that are not ours to delete but that need ours, each with the reason to wait: `made by Agent node-agent`.
   */
  awaited?: ReadonlyMap<ObjectId, string>;
  /** Do as if nothing were to be kept. Default false. */
  ignoreKeep?: boolean;
};

/**
 * The plan. The same objects in any order give the same plan: where edges leave the order free, kind and then identity
 * decide.
 *
 * Kept objects have an empty `after`, and nothing waits for them.
 * @throws BookendError cycle, with each edge of a shortest cycle and its evidence.
 */
export function makePlan(graph: Graph, options: PlanOptions = {}): Plan {
  const order = orderGraph(graph.objects.keys(), graph.components, graph.edges);
  const sequence = sorted(order);
  if (sequence.length < order.ids.length) refuseCycle(graph, order);

  const kept = options.ignoreKeep ? new Map<ObjectId, string>() : keptObjects(graph);
  const isKept = order.ids.map((id) => kept.has(id));
  const waits = order.needs.map((needs, index) =>
    isKept[index] ? [] : kept.size === 0 ? needs : needs.filter((to) => !isKept[to]),
  );
  const after: ObjectId[][] = order.ids.map(() => []);
  const needs = reduced(waits);
  for (const index of sequence) {
    const id = order.ids[index];
    if (id !== undefined) for (const to of needs[index] ?? []) after[to]?.push(id);
  }

  const componentOf = new Map(graph.components.flatMap(({ name, objects }) => objects.map((id) => [id, name] as const)));
  const steps: PlanStep[] = [];
  for (const index of sequence) {
    const id = order.ids[index];
    if (id === undefined) continue;
    const waitsFor = after[index] ?? [];
    const object = graph.objects.get(id);
    steps.push(object ? stepOf(id, object, waitsFor) : barrierStep(id, waitsFor));
  }
  return { steps };

  function stepOf(id: ObjectId, object: KubernetesObject, waitsFor: ObjectId[]): PlanStep {
    const mode = kept.has(id) ? 'keep' : options.awaited?.has(id) ? 'await' : 'delete';
    const step: PlanStep = { id, ref: refOf(object), mode, after: waitsFor };
    const component = componentOf.get(id);
    if (component !== undefined) step.component = component;
    const reason = kept.get(id) ?? options.awaited?.get(id);
    if (reason !== undefined) step.reason = reason;
    return step;
  }
}

function barrierStep(id: ObjectId, after: ObjectId[]): PlanStep {
  const { name } = parseId(id);
  const ref = { apiVersion: bookendApiVersion, kind: 'Component', name };
  return { id, ref, component: name, mode: 'barrier', reason: `every object of component ${name} is gone`, after };
}
