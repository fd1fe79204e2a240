/** The graph and its order as JSON. */
import type { Edge } from '../../graph/edge.ts';
import type { Neighbours, Reached } from '../../graph/neighbours.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { type PlanDocument, planDocument } from '../plan-document.ts';
import type { Drawing } from './draw.ts';

export type GraphDocument = PlanDocument & {
  edges: Pick<Edge, 'from' | 'to' | 'rule' | 'certainty' | 'evidence'>[];
  /** With `--of`: for each object what needs it and what it needs. `distance` 1 is directly. */
  of?: { object: ObjectId; makers: ObjectId[]; made: At[]; neededBy: At[]; needs: At[] }[];
  /** What these need that stays, of a chart or a cluster. */
  outside?: ObjectId[];
  /** Of a live cluster: objects that need each other in a circle, and have no order. */
  circles?: ObjectId[][];
  /** Of a live cluster: what could not be looked at. */
  notSeen?: string[];
};

type At = { object: ObjectId; distance: number };

export function documentOf(
  drawing: Drawing,
  live: { notSeen: readonly string[] } | undefined,
  of: readonly Neighbours[],
): GraphDocument {
  const { plan, graph, outside, outward, circles } = drawing;
  return {
    ...planDocument(plan),
    edges: [...graph.edges, ...outward].map(({ from, to, rule, certainty, evidence }) => ({
      from,
      to,
      rule,
      ...(certainty && { certainty }),
      evidence,
    })),
    ...(of.length > 0 && { of: of.map(neighboursOf) }),
    ...((live || outside.length > 0) && { outside }),
    ...(live && { circles: circles.map(({ objects }) => objects), notSeen: [...live.notSeen] }),
  };
}

function neighboursOf({ of, makers, made, neededBy, needs }: Neighbours) {
  return { object: of, makers, made: made.map(at), neededBy: neededBy.map(at), needs: needs.map(at) };
}

function at({ id, distance }: Reached): At {
  return { object: id, distance };
}
