/**
 * Leaves out waits that follow from others. Nearly everything needs its Namespace, and also something that needs the
 * Namespace itself: without this the Namespace's step would name every object, and a persisted plan would be many times
 * its size.
 */

/**
 * The edges without those for which another way of two edges exists. Longer ways are not looked for: they would cost
 * more than they save. The graph must have no cycle. Cost: for each edge the smaller of the two lists.
 */
export function reduced(needs: readonly number[][]): number[][] {
  const sets = needs.map((list) => (list.length > 16 ? new Set(list) : undefined));
  const mark = new Int32Array(needs.length).fill(-1);
  const drop = new Int32Array(needs.length).fill(-1);
  /** Drops what `from` reaches by way of `via`: looks through the smaller of the two lists. */
  const dropReached = (from: number, list: readonly number[], via: number) => {
    const known = sets[via];
    const reached = known && known.size > list.length ? list.filter((to) => known.has(to)) : (needs[via] ?? []);
    for (const to of reached) if (mark[to] === from) drop[to] = from;
  };
  return needs.map((list, from) => {
    if (list.length < 2) return list;
    for (const to of list) mark[to] = from;
    for (const via of list) dropReached(from, list, via);
    return list.filter((to) => drop[to] !== from);
  });
}
