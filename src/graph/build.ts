/**
 * Makes the graph: runs every rule over the objects, merges what they find and checks the components. Nothing is known
 * here about order.
 */
import { BookendError } from '../errors.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { checkComponents, placesOf, refuseAbsent } from './components.ts';
import type { Component, Edge, EdgeRule, Graph, World } from './edge.ts';
import { rules as allRules } from './rules.ts';
import { makeWorld } from './world.ts';
import { yieldToSurer } from './yield.ts';

export type GraphInput = {
  /** With their namespaces filled in: see `normalise`. */
  objects: readonly KubernetesObject[];
  /** Which object belongs to which component. Objects may belong to none: those that were found in the cluster. */
  components?: readonly Component[];
  /** Other rules than all of them. */
  rules?: readonly EdgeRule[];
  /**
   * The objects were read from a cluster: an annotation that names nothing there is no mistake, what it names may be
   * gone. Default false.
   */
  live?: boolean;
};

/**
 * The objects with every edge found among them. Edges to objects that are not given are left out, and so are edges of
 * an object to itself.
 *
 * @throws BookendError bad-input, with the field's path: a duplicate object, an object in two components, a `dependsOn`
 * or an annotation that names nothing. Cycles are not refused here but in `makePlan`.
 */
export function buildGraph({ objects, components = [], rules = allRules, live = false }: GraphInput): Graph {
  checkComponents(components);
  const places = placesOf(components);
  const world = makeWorld(objects, { places, refusesWrongReferences: !live });
  const byId = new Map<ObjectId, KubernetesObject>();
  objects.forEach((object, index) => {
    const id = world.idOf(object);
    if (byId.has(id))
      refuseDuplicate(
        id,
        objects.findIndex((other) => world.idOf(other) === id),
        index,
      );
    byId.set(id, object);
  });
  for (const [id, place] of places) if (!byId.has(id)) refuseAbsent(id, place);
  const { edges, yielded } = yieldToSurer([...byId.keys()], components, findEdges(world, rules));
  return { objects: byId, components: components.map(copyOf), edges, ...(yielded.length > 0 && { yielded }) };
}

/**
 * Every edge that the rules find among the objects of the world: both ends present, none to itself, one for each rule
 * and pair.
 */
export function findEdges(world: World, rules: readonly EdgeRule[] = allRules): Edge[] {
  const edges: Edge[] = [];
  const numbers = new Map<ObjectId, number>();
  for (const object of world.objects) numbers.set(world.idOf(object), numbers.size);
  for (const rule of rules) {
    const byPair = new Map<number, Edge>();
    for (const edge of rule.find(world)) {
      const from = numbers.get(edge.from);
      const to = numbers.get(edge.to);
      if (from === undefined || to === undefined || from === to) continue;
      const pair = from * numbers.size + to;
      const known = byPair.get(pair);
      if (known !== undefined) merge(known, edge);
      else {
        byPair.set(pair, edge);
        edges.push(edge);
      }
    }
  }
  return edges;
}

function merge(known: Edge, edge: Edge): void {
  const isNew = (entry: Edge['evidence'][number]) =>
    !known.evidence.some(({ object, field, value }) => object === entry.object && field === entry.field && value === entry.value);
  known.evidence = [...known.evidence, ...edge.evidence.filter(isNew)];
  if (edge.certainty === undefined || known.certainty === 'broad') {
    if (edge.certainty === undefined) delete known.certainty;
    else known.certainty = edge.certainty;
  }
  if (edge.orderOnly === undefined) delete known.orderOnly;
}

function refuseDuplicate(id: ObjectId, first: number, second: number): never {
  throw new BookendError('bad-input', `${describeId(id)} is given twice: objects[${first}] and objects[${second}]`, {
    object: describeId(id),
    field: `objects[${second}]`,
    advice: 'Remove one of the two; nothing was changed.',
  });
}

function copyOf({ name, dependsOn, objects }: Component): Component {
  return { name, dependsOn: [...dependsOn], objects: [...objects] };
}
