/**
 * Objects that need each other in a circle have no order. Saying so is not enough: a person must see which field of
 * which object to change, so every edge of one shortest circle is shown with its evidence.
 */
import { BookendError } from '../errors.ts';
import { shortestCircle } from '../graph/cycles.ts';
import type { Edge, Graph } from '../graph/edge.ts';
import { barrierId, describeNode, type OrderGraph } from '../graph/order.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';

/** @throws BookendError cycle, always. The order graph must have a cycle. */
export function refuseCycle(graph: Graph, order: OrderGraph): never {
  const circle = shortestCircle(order) ?? [];
  const lines = circle.flatMap((node, at) => {
    const next = circle[(at + 1) % circle.length] ?? node;
    return lineOf(graph, order, node, next);
  });
  const first = circle.find((node) => node >= order.barriers);
  const object = first === undefined ? undefined : describeNode(order, first);
  const field = fieldOf(graph, order, circle);
  throw new BookendError('cycle', `The objects need each other in a cycle:\n${lines.map((line) => `  ${line}`).join('\n')}`, {
    ...(object && { object }),
    ...(field && { field }),
  });
}

/** An edge with its evidence: `A needs B (volume: spec.volumes[0].secret.secretName = token)`. */
export function describeEdge(edge: Edge): string {
  const proof = edge.evidence.map(({ object, field, value }) => {
    const assignment = value === undefined ? field : `${field} = ${value}`;
    return object === edge.from ? assignment : `${describeId(object)} ${assignment}`;
  });
  return `${describeId(edge.from)} needs ${describeId(edge.to)} (${edge.rule}: ${proof.join('; ')})`;
}

function lineOf(graph: Graph, order: OrderGraph, from: number, to: number): string[] {
  const [fromId, toId] = [order.ids[from], order.ids[to]] as [ObjectId, ObjectId];
  if (from < order.barriers) {
    const { index, at, name } = dependsOnOf(graph, fromId, toId);
    const member = to < order.barriers ? '' : `, which ${describeId(toId)} is in`;
    const field = `spec.components[${index}].dependsOn[${at}]`;
    return [`${describeNode(order, from)} needs component ${name} (dependsOn: ${field} = ${name})${member}`];
  }
  if (to < order.barriers) return [`${describeId(fromId)} is in ${describeNode(order, to)}`];
  return graph.edges.filter((edge) => edge.from === fromId && edge.to === toId).map(describeEdge);
}

/** The `dependsOn` entry by which the component of a barrier needs another component, or an object in it. */
function dependsOnOf(graph: Graph, barrier: ObjectId, to: ObjectId): { index: number; at: number; name: string } {
  const index = graph.components.findIndex(({ name }) => barrierId(name) === barrier);
  const target = graph.components.find(({ name, objects }) => barrierId(name) === to || objects.includes(to));
  const name = target?.name ?? '';
  return { index, at: graph.components[index]?.dependsOn.indexOf(name) ?? -1, name };
}

/** The field to point at: a `dependsOn` when one is part of the circle. */
function fieldOf(graph: Graph, order: OrderGraph, circle: number[]): string | undefined {
  const at = circle.findIndex((node) => node < order.barriers);
  const [from, to] = [circle[at], circle[(at + 1) % circle.length]];
  if (at < 0 || from === undefined || to === undefined) return undefined;
  const entry = dependsOnOf(graph, order.ids[from] as ObjectId, order.ids[to] as ObjectId);
  return `spec.components[${entry.index}].dependsOn[${entry.at}]`;
}
