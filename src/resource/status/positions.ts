/**
 * Positions in a list as short text, since a status has thousands of them: `0-99,105` stands for 0 to 99, then 105. The
 * order is kept.
 */

export function packPositions(positions: readonly number[]): string {
  const runs: { from: number; to: number }[] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last && last.to === position - 1) last.to = position;
    else runs.push({ from: position, to: position });
  }
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/**
 * @param length of the list: the text may have been written by anybody, and must not grow into millions of numbers
 * @returns undefined for text that is no such list, or that leaves it
 */
export function unpackPositions(text: string, length: number): number[] | undefined {
  if (text === '') return [];
  const positions: number[] = [];
  for (const run of text.split(',')) {
    const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(run) ?? [];
    if (from === undefined || Number(to) < Number(from) || Number(to) >= length) return undefined;
    for (let position = Number(from); position <= Number(to); position += 1) positions.push(position);
    if (positions.length > length) return undefined;
  }
  return positions;
}
