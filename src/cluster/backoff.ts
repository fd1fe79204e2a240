/** How long to wait before trying again: twice as long after every failure. The one place that counts growing waits. */

export type Backoff = { firstMs: number; mostMs: number };

/**
 * @param failures how many attempts have failed in a row, from 1
 * @returns milliseconds: `firstMs · 2^(failures-1)`, at most `mostMs`
 */
export function backoff(failures: number, { firstMs, mostMs }: Backoff): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
}

/**
 * Shortens a wait by chance, down to half of it, so that many clients do not come back in step.
 * @param random a number in [0, 1)
 */
export function jittered(ms: number, random: number): number {
  return Math.round(ms * (0.5 + random / 2));
}
