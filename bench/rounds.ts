/**
 * Rounds: each contender has one turn in each round, and is compared with the others of the same round. If the machine
 * is busier in one round than in the next, that is so for all of them. Pure.
 */

/** How often something was measured, and what came out. Rounded to three digits that matter. */
export type Figure = { median: number; min: number; max: number };

/**
 * The order of a round. Each round begins with the next contender, so that none of them is always the first one, when
 * caches are cold.
 * @param round the first is 0
 */
export function turns<T>(contenders: readonly T[], round: number): T[] {
  const first = contenders.length === 0 ? 0 : round % contenders.length;
  return [...contenders.slice(first), ...contenders.slice(0, first)];
}

/** @throws RangeError when nothing was measured: a figure that does not exist must not look like one that does */
export function figure(values: readonly number[]): Figure {
  if (values.length === 0) throw new RangeError('nothing was measured');
  return { median: rounded(median(values)), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)) };
}

/** Of an even number of values the mean of the two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Each round's own ratio: one value a round each, in the order of the rounds. */
export function ratio(values: readonly number[], base: readonly number[]): Figure {
  return figure(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}

/** One figure for each number that all rounds measured. */
export function figures<Key extends string>(rounds: readonly Record<Key, number>[]): Record<Key, Figure> {
  const keys = Object.keys(rounds[0] ?? {}) as Key[];
  return Object.fromEntries(keys.map((key) => [key, figure(rounds.map((round) => round[key]))])) as Record<Key, Figure>;
}

function rounded(value: number): number {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
