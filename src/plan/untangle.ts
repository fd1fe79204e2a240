/**
 * What a person writes may hold no circle, and is refused with it. What already lives may: it was installed in some
 * order, and whoever asks what needs what wants to see all the rest of it too. So the objects of a circle get no order
 * among themselves, and the circle is told.
 */
import { circlesOf } from '../graph/cycles.ts';
import type { Edge, Graph } from '../graph/edge.ts';
import { orderGraph, sorted } from '../graph/order.ts';
import type { ObjectId } from '../objects/identity.ts';

export type Circle = { objects: ObjectId[]; edges: Edge[] };

/** The graph without the edges inside of circles, and those circles. A graph without any is returned as it is. */
export function untangled(graph: Graph): { graph: Graph; circles: Circle[] } {
  const order = orderGraph(graph.objects.keys(), graph.components, graph.edges);
  if (sorted(order).length === order.ids.length) return { graph, circles: [] };
  const circle = circlesOf(order);
  const circleOf = (id: ObjectId) => circle[order.indexOf.get(id) ?? -1] ?? -1;
  const isInside = ({ from, to }: Edge) => circleOf(from) !== -1 && circleOf(from) === circleOf(to);
  const inside = Map.groupBy(graph.edges.filter(isInside), ({ from }) => circleOf(from));
  const circles = [...inside].map(([number, edges]) => ({
    objects: [...graph.objects.keys()].filter((id) => circleOf(id) === number),
    edges,
  }));
  return { graph: { ...graph, edges: graph.edges.filter((edge) => !isInside(edge)) }, circles };
}
