/**
 * The graph as numbers: what each object needs, with components as barriers. Sorting, reducing and searching for cycles
 * all work on this form; with strings they would be too slow for 10,000 objects.
 *
 * A component that has `dependsOn` gets a barrier, "every object of it is gone": its objects go before the barrier, the
 * barrier before the objects of what it depends on. That is N + M entries where pairs would be N × M.
 */
import { describeId, makeId, type ObjectId } from '../objects/identity.ts';
import { bookendGroup } from '../objects/names.ts';
import type { Component, Edge } from './edge.ts';
import { kindRank } from './kind-rank.ts';

export type OrderGraph = {
  /** Barriers, then objects by kind and identity: a smaller number is the better choice where the order is free. */
  ids: ObjectId[];
  /** How many of `ids` are barriers. */
  barriers: number;
  /** What each one needs: it goes before all of these. Without duplicates. */
  needs: number[][];
  indexOf: Map<ObjectId, number>;
};

/** @param inOrder False where only the shape matters: then `ids` are in no order, which is quicker. */
export function orderGraph(
  objects: Iterable<ObjectId>,
  components: readonly Component[],
  edges: readonly Edge[],
  inOrder = true,
): OrderGraph {
  const withBarrier = components.filter(hasBarrier);
  const barrierIds = withBarrier.map(({ name }) => barrierId(name)).sort();
  const ids = [...barrierIds, ...(inOrder ? sortedByKind(objects) : objects)];
  const indexOf = new Map<ObjectId, number>();
  ids.forEach((id, index) => {
    indexOf.set(id, index);
  });
  const needs: number[][] = ids.map(() => []);
  const add = (from: ObjectId, to: ObjectId) => {
    const fromIndex = indexOf.get(from);
    const toIndex = indexOf.get(to);
    if (fromIndex !== undefined && toIndex !== undefined) needs[fromIndex]?.push(toIndex);
  };
  for (const { from, to } of edges) add(from, to);
  const byName = new Map(components.map((component) => [component.name, component]));
  for (const component of withBarrier) {
    const barrier = barrierId(component.name);
    for (const id of component.objects) add(id, barrier);
    for (const name of component.dependsOn) {
      add(barrier, barrierId(name));
      for (const id of byName.get(name)?.objects ?? []) add(barrier, id);
    }
  }
  return { ids, barriers: barrierIds.length, needs: needs.map(withoutDuplicates), indexOf };
}

/** Several rules may find the same edge. */
function withoutDuplicates(list: number[]): number[] {
  if (list.length > 16) return [...new Set(list)];
  return list.filter((value, at) => list.indexOf(value) === at);
}

/** The identity of "every object of this component is gone". */
export function barrierId(component: string): ObjectId {
  return makeId(bookendGroup, 'Component', undefined, component);
}

function hasBarrier({ dependsOn }: Component): boolean {
  return dependsOn.length > 0;
}

function sortedByKind(objects: Iterable<ObjectId>): ObjectId[] {
  const byRank: ObjectId[][] = [];
  for (const id of objects) {
    const rank = kindRank(id);
    const same = byRank[rank];
    if (same) same.push(id);
    else byRank[rank] = [id];
  }
  return byRank.flatMap((same) => same.sort());
}

/**
 * The numbers in an order in which each stands before all that it needs, the smallest first where the order is free;
 * shorter than `ids` when there are cycles, and then what is missing is in a cycle or is needed by one.
 */
export function sorted({ needs }: Pick<OrderGraph, 'needs'>): number[] {
  const dependents = new Int32Array(needs.length);
  for (const list of needs) for (const to of list) dependents[to] = (dependents[to] ?? 0) + 1;
  const heap = new Heap();
  dependents.forEach((count, index) => {
    if (count === 0) heap.push(index);
  });
  const order: number[] = [];
  for (let index = heap.pop(); index !== undefined; index = heap.pop()) {
    order.push(index);
    for (const to of needs[index] ?? []) {
      const left = (dependents[to] ?? 0) - 1;
      dependents[to] = left;
      if (left === 0) heap.push(to);
    }
  }
  return order;
}

/** As people write it in a sentence, barriers too: `component agent`. */
export function describeNode({ ids, barriers }: OrderGraph, index: number): string {
  const text = describeId(ids[index] ?? ('' as ObjectId));
  return index < barriers ? text.replace('Component', 'component') : text;
}

/** Smallest number first. */
class Heap {
  readonly #items: number[] = [];

  push(value: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] ?? value;
      if (above <= value) break;
      items[at] = above;
      at = parent;
    }
    items[at] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] ?? last) < (items[child] ?? last)) child++;
      const below = items[child] ?? last;
      if (below >= last) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
