/**
 * From the input to the graph and its order: the objects to delete, what was created from them, and what else needs
 * them. Pure.
 */
import { buildGraph } from '../../graph/build.ts';
import type { Edge, Graph } from '../../graph/edge.ts';
import { concernedBy, indexOf } from '../../graph/neighbours.ts';
import { rules } from '../../graph/rules.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import { makePlan } from '../../plan/make-plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Circle, untangled } from '../../plan/untangle.ts';
import { isOfEverybody } from '../../reading/related.ts';
import { weighed } from './guesses.ts';
import type { Whole } from './read.ts';

export type Drawing = {
  /** What goes, and what needs it. */
  graph: Graph;
  plan: Plan;
  /** What these need and what stays. */
  outside: ObjectId[];
  /** Edges to what is outside. */
  outward: Edge[];
  /** Live objects that need each other in a circle. */
  circles: Circle[];
};

/**
 * Every edge among all that was read.
 * @throws BookendError `bad-input` for an annotation in manifests that names nothing
 */
export function graphOf({ given, components, around, live }: Whole): Graph {
  const objects = [...given, ...around];
  if (!live) return buildGraph({ objects, components });
  const graph = buildGraph({ objects, components, live, rules: weighed(rules, objects) });
  return { ...graph, edges: graph.edges.filter((edge) => !isOfEverybody(edge)) };
}

/**
 * @param part the objects that are asked about; absent: all that is to go, and what needs it
 * @throws BookendError `cycle` for manifests that need each other in a circle
 */
export function draw({ given, around, stays, live }: Whole, all: Graph, part?: ReadonlySet<ObjectId>): Drawing {
  const ours = new Set(given.map(idOf));
  const concerned = part ?? (around.length === 0 ? ours : concernedBy(indexOf(all), ours));
  const { graph, circles } = liveOrNot(within(all, concerned), live);
  const outward = part ? [] : all.edges.filter(({ from, to }) => concerned.has(from) && !concerned.has(to));
  return {
    graph: { ...graph, edges: [...graph.edges, ...circles.flatMap((circle) => circle.edges)] },
    plan: makePlan(graph, { awaited: awaited(graph, live, ours, stays) }),
    outside: [...new Set(outward.map(({ to }) => to))].sort(),
    outward,
    circles,
  };
}

/** The part of a graph that is about these objects alone. */
function within(graph: Graph, objects: ReadonlySet<ObjectId>): Graph {
  const inside = ({ from, to }: Edge) => objects.has(from) && objects.has(to);
  return {
    objects: new Map([...graph.objects].filter(([id]) => objects.has(id))),
    components: graph.components.map((component) => ({
      ...component,
      objects: component.objects.filter((id) => objects.has(id)),
    })),
    edges: graph.edges.filter(inside),
    ...(graph.yielded && { yielded: graph.yielded.filter(inside) }),
  };
}

function liveOrNot(graph: Graph, live: boolean): { graph: Graph; circles: Circle[] } {
  return live ? untangled(graph) : { graph, circles: [] };
}

/**
 * What nobody asks to delete: the garbage collector or an operator takes what they made, and what is somebody else's
 * only stands in the way.
 */
function awaited(
  { edges, objects }: Graph,
  live: boolean,
  ours: ReadonlySet<ObjectId>,
  stays: ReadonlyMap<ObjectId, string>,
): Map<ObjectId, string> {
  const makers = new Map(edges.filter(({ rule }) => rule === 'owner').map(({ from, to }) => [to, from]));
  const needs = new Map<ObjectId, Edge>();
  for (const edge of edges) if (!ours.has(edge.from) && !needs.has(edge.from)) needs.set(edge.from, edge);
  return new Map(
    [...objects.keys()].flatMap((id) => {
      const maker = makers.get(id);
      if (maker !== undefined && (live || !ours.has(id))) return [[id, `made by ${describeId(maker)}`] as const];
      const edge = needs.get(id);
      const reason = stays.get(id) ?? (edge && `it needs ${describeId(edge.to)}`);
      return ours.has(id) ? [] : [[id, reason ?? 'it needs what goes'] as const];
    }),
  );
}
