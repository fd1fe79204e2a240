/**
 * Some edges are proven by a field, others only likely: a workload whose account may write a custom resource is
 * probably its controller. A likely edge must never make a sane chart impossible to take down, so where it closes a
 * cycle it yields to the surer ones: first what custom resources seem to name, then what rests on rights to everything,
 * then the other inferred ones. What then still is a circle is a real one.
 */
import type { ObjectId } from '../objects/identity.ts';
import { circlesOf } from './cycles.ts';
import type { Component, Edge } from './edge.ts';
import { orderGraph, sorted } from './order.ts';

/** The edges without those that had to yield. */
export function yieldToSurer(
  objects: readonly ObjectId[],
  components: readonly Component[],
  edges: Edge[],
): { edges: Edge[]; yielded: Edge[] } {
  let kept = edges;
  const yielded: Edge[] = [];
  for (const isWeak of weakestFirst) {
    if (!kept.some((edge) => edge.certainty !== undefined)) break;
    const graph = orderGraph(objects, components, kept, false);
    if (sorted(graph).length === graph.ids.length) break;
    const circle = circlesOf(graph);
    const circleOf = (id: ObjectId) => circle[graph.indexOf.get(id) ?? -1] ?? -1;
    const yields = (edge: Edge) => isWeak(edge) && circleOf(edge.from) !== -1 && circleOf(edge.from) === circleOf(edge.to);
    yielded.push(...kept.filter(yields));
    kept = kept.filter((edge) => !yields(edge));
  }
  return { edges: kept, yielded };
}

const weakestFirst: readonly ((edge: Edge) => boolean)[] = [
  ({ rule }) => rule === 'reference',
  ({ certainty }) => certainty === 'broad',
  ({ certainty }) => certainty === 'inferred',
];
