/** Where objects need each other in a circle: which edges are part of it, and one shortest circle to show to a person. */
import type { OrderGraph } from './order.ts';

/** For each number the circle that it is in (a strongly connected component of two or more), or -1. */
export function circlesOf({ needs }: Pick<OrderGraph, 'needs'>): Int32Array {
  const count = needs.length;
  const circle = new Int32Array(count).fill(-1);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const stack: number[] = [];
  let counter = 0;
  let circles = 0;
  // Tarjan's algorithm with its own stack: a chain of 10,000 objects would be too deep for recursion.
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1) continue;
    const work: { node: number; next: number }[] = [];
    const enter = (node: number) => {
      index[node] = low[node] = counter++;
      stack.push(node);
      onStack[node] = 1;
      work.push({ node, next: 0 });
    };
    enter(root);
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const { node } = frame;
      const target = needs[node]?.[frame.next++];
      if (target !== undefined) {
        if (index[target] === -1) enter(target);
        else if (onStack[target]) low[node] = Math.min(low[node] ?? 0, index[target] ?? 0);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low[parent.node] = Math.min(low[parent.node] ?? 0, low[node] ?? 0);
      if (low[node] !== index[node]) continue;
      const members = stack.splice(stack.lastIndexOf(node));
      for (const member of members) onStack[member] = 0;
      if (members.length > 1 || needs[node]?.includes(node)) {
        for (const member of members) circle[member] = circles;
        circles++;
      }
    }
  }
  return circle;
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
  let wave = [start];
  for (let steps = 1; wave.length > 0 && steps < limit; steps++) {
    const next: number[] = [];
    for (const node of wave) {
      for (const target of needs[node] ?? []) {
        if (target === start) return wayBack(node, start, cameFrom);
        if (circle[target] !== circle[start] || cameFrom.has(target)) continue;
        cameFrom.set(target, node);
        next.push(target);
      }
    }
    wave = next;
  }
  return undefined;
}

function wayBack(end: number, start: number, cameFrom: Map<number, number>): number[] {
  const way: number[] = [];
  for (let node: number | undefined = end; node !== undefined && node !== start; node = cameFrom.get(node)) way.unshift(node);
  return [start, ...way];
}
