/**
 * Where objects need each other in a circle: which edges are part of it, and one shortest circle to show to a person.
 */
import type { OrderGraph } from './order.ts';

/** For each number the circle that it is in (a strongly connected component of two or more), or -1. */
export function circlesOf({ needs }: Pick<OrderGraph, 'needs'>): Int32Array {
  const search = new CircleSearch(needs);
  for (let root = 0; root < needs.length; root++) search.from(root);
  return search.circle;
}

/** Tarjan's algorithm with its own stack: a chain of 10,000 objects would be too deep for recursion. */
class CircleSearch {
  readonly circle: Int32Array;
  readonly #needs: readonly number[][];
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  readonly #onStack: Uint8Array;
  readonly #stack: number[] = [];
  /** The way from the root to where the search is, with the next edge to look at. */
  readonly #way: { node: number; next: number }[] = [];
  #counter = 0;
  #circles = 0;

  constructor(needs: readonly number[][]) {
    this.#needs = needs;
    this.circle = new Int32Array(needs.length).fill(-1);
    this.#index = new Int32Array(needs.length).fill(-1);
    this.#low = new Int32Array(needs.length);
    this.#onStack = new Uint8Array(needs.length);
  }

  from(root: number): void {
    if (this.#index[root] !== -1) return;
    this.#enter(root);
    for (let frame = this.#way.at(-1); frame !== undefined; frame = this.#way.at(-1)) {
      const target = this.#needs[frame.node]?.[frame.next++];
      if (target === undefined) this.#leave(frame.node);
      else if (this.#index[target] === -1) this.#enter(target);
      else if (this.#onStack[target]) this.#lower(frame.node, this.#index[target] ?? 0);
    }
  }

  #enter(node: number): void {
    this.#index[node] = this.#low[node] = this.#counter++;
    this.#stack.push(node);
    this.#onStack[node] = 1;
    this.#way.push({ node, next: 0 });
  }

  #leave(node: number): void {
    this.#way.pop();
    const parent = this.#way.at(-1);
    if (parent) this.#lower(parent.node, this.#low[node] ?? 0);
    if (this.#low[node] !== this.#index[node]) return;
    const members = this.#stack.splice(this.#stack.lastIndexOf(node));
    for (const member of members) this.#onStack[member] = 0;
    if (members.length < 2 && !this.#needs[node]?.includes(node)) return;
    for (const member of members) this.circle[member] = this.#circles;
    this.#circles++;
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to);
  }
}

/** One shortest circle, each number needing the next and the last the first; undefined when there is none. */
export function shortestCircle(graph: Pick<OrderGraph, 'needs'>): number[] | undefined {
  const { needs } = graph;
  const circle = circlesOf(graph);
  let best: number[] | undefined;
  for (let start = 0; start < needs.length; start++) {
    if (circle[start] === -1) continue;
    const found = shortestFrom(start, needs, circle, best?.length ?? Number.POSITIVE_INFINITY);
    if (found) best = found;
    if (best && best.length <= 2) break;
  }
  return best;
}

/** The shortest way from `start` back to it in fewer than `limit` steps. */
function shortestFrom(start: number, needs: number[][], circle: Int32Array, limit: number): number[] | undefined {
  const cameFrom = new Map<number, number>();
  const isNew = (target: number) => circle[target] === circle[start] && !cameFrom.has(target);
  let wave = [start];
  for (let steps = 1; wave.length > 0 && steps < limit; steps++) {
    const closing = wave.find((node) => needs[node]?.includes(start));
    if (closing !== undefined) return wayBack(closing, start, cameFrom);
    wave = wave.flatMap((node) => {
      const next = (needs[node] ?? []).filter(isNew);
      for (const target of next) cameFrom.set(target, node);
      return next;
    });
  }
  return undefined;
}

function wayBack(end: number, start: number, cameFrom: Map<number, number>): number[] {
  const way: number[] = [];
  for (let node: number | undefined = end; node !== undefined && node !== start; node = cameFrom.get(node)) way.unshift(node);
  return [start, ...way];
}
