/**
 * What depends on one object, directly or not, and what it depends on itself: the answer to "what would break if this
 * were deleted?". Pure.
 */
import { append } from '../objects/append.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { Edge, Graph } from './edge.ts';

/** An object that edges lead to. */
export type Reached = {
  id: ObjectId;
  /** 1: directly. */
  distance: number;
  /** The edges by which it was reached, each with one end here and the other nearer. */
  by: Edge[];
  /** Whose controller has made it. */
  maker?: ObjectId;
};

export type Neighbours = {
  of: ObjectId;
  /** Whose controllers make it, nearest first: deleted alone it comes again. */
  makers: ObjectId[];
  /** What was made out of it, and goes with it. */
  made: Reached[];
  /** What needs it, or something that was made out of it; and what needs that in turn. Nearest first. */
  neededBy: Reached[];
  /** What it needs, or what was made out of it does; and what those need in turn. Nearest first. */
  needs: Reached[];
};

/** The edges by their ends. Components that depend on others are edges too. */
export type EdgeIndex = { from: ReadonlyMap<ObjectId, Edge[]>; to: ReadonlyMap<ObjectId, Edge[]> };

export function indexOf(graph: Pick<Graph, 'edges' | 'components'>): EdgeIndex {
  const from = new Map<ObjectId, Edge[]>();
  const to = new Map<ObjectId, Edge[]>();
  for (const edge of [...graph.edges, ...edgesOfComponents(graph)]) {
    append(from, edge.from, edge);
    append(to, edge.to, edge);
  }
  return { from, to };
}

export function neighboursOf({ from, to }: EdgeIndex, of: ObjectId): Neighbours {
  const leaving = (id: ObjectId) => from.get(id) ?? [];
  const arriving = (id: ObjectId) => to.get(id) ?? [];
  const made = spread([of], [], (id) => leaving(id).filter(isOwner), end('to'));
  const family = [of, ...made.map(({ id }) => id)];
  const makers = spread([of], [], (id) => arriving(id).filter(isOwner), end('from'));
  // The edge of rule `owner` leads from the maker to the child, since the maker is deleted first; it is the child that
  // would be missed.
  const users = (id: ObjectId) => [...arriving(id).filter((edge) => !isOwner(edge)), ...leaving(id).filter(isOwner)];
  const needs = (id: ObjectId) => leaving(id).filter((edge) => !isOwner(edge));
  const withMaker = (reached: Reached): Reached => {
    const maker = arriving(reached.id).find(isOwner)?.from;
    return maker === undefined ? reached : { ...reached, maker };
  };
  return {
    of,
    makers: makers.map(({ id }) => id),
    made,
    neededBy: spread(
      family,
      makers.map(({ id }) => id),
      users,
      (edge) => (isOwner(edge) ? edge.to : edge.from),
    ).map(withMaker),
    needs: spread(family, [], needs, end('to')).map(withMaker),
  };
}

/** Everything that goes or breaks with these objects, themselves included. */
export function concernedBy({ from, to }: EdgeIndex, objects: Iterable<ObjectId>): Set<ObjectId> {
  const concerned = new Set(objects);
  const open = [...concerned];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const further = [
      ...(from.get(id) ?? []).filter(isOwner).map((edge) => edge.to),
      ...(to.get(id) ?? []).filter((edge) => !isOwner(edge)).map((edge) => edge.from),
    ];
    for (const each of further) {
      if (concerned.has(each)) continue;
      concerned.add(each);
      open.push(each);
    }
  }
  return concerned;
}

/** Breadth first, so that the distances are the shortest. */
function spread(
  starts: readonly ObjectId[],
  leftOut: readonly ObjectId[],
  edgesOf: (id: ObjectId) => readonly Edge[],
  otherEnd: (edge: Edge) => ObjectId,
): Reached[] {
  const inside = new Set([...starts, ...leftOut]);
  const found = new Map<ObjectId, Reached>();
  let front: readonly ObjectId[] = starts;
  for (let distance = 1; front.length > 0; distance += 1) {
    const next: ObjectId[] = [];
    for (const edge of front.flatMap(edgesOf)) {
      const id = otherEnd(edge);
      const known = found.get(id);
      if (known?.distance === distance) known.by.push(edge);
      if (known || inside.has(id)) continue;
      found.set(id, { id, distance, by: [edge] });
      next.push(id);
    }
    front = next;
  }
  return [...found.values()];
}

function isOwner({ rule }: Edge): boolean {
  return rule === 'owner';
}

function end(which: 'from' | 'to'): (edge: Edge) => ObjectId {
  return (edge) => edge[which];
}

function edgesOfComponents({ components }: Pick<Graph, 'components'>): Edge[] {
  const byName = new Map(components.map((component) => [component.name, component]));
  return components.flatMap(({ name, dependsOn, objects }) =>
    dependsOn.flatMap((wanted) =>
      (byName.get(wanted)?.objects ?? []).flatMap((to) =>
        objects.map((from): Edge => {
          const evidence = [{ object: from, field: `component ${name}, dependsOn`, value: wanted }];
          return { from, to, rule: 'component', evidence };
        }),
      ),
    ),
  );
}
