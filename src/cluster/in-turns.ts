/** Bounded concurrency: a cluster is asked many things at once, but never everything at once. */

/**
 * So many lists at once, where many are to be read: the API server has others to serve. Most of the time a list waits
 * for the server's cache, so fewer would only take longer.
 */
export const listsAtOnce = 16;

/**
 * Runs `work` for every item, at most `width` at a time, in the items' order.
 * @returns the results in the items' order
 * @throws the first failure; what is already running is left to end
 */
export async function inTurns<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
