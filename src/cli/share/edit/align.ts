/** Finds the entries that two lists have in common, so that only the differences are written. */
import { fieldAt, isMap, textOf } from '../../../objects/fields.ts';

export type Match = { before: number; after: number };

/**
 * The longest common subsequence. Entries are the same when they have the same name (containers, volumes, objects) and
 * path (mounts), whatever else differs; of those without a name, the ones that stand in the same place between others
 * that are the same.
 *
 * Where the order of both changed, what Bookend put in moves and what the user wrote stays, with its comments.
 */
export function aligned(before: readonly unknown[], after: readonly unknown[]): Match[] {
  const matches = commonSubsequence(before, after);
  return [...matches, { before: before.length, after: after.length }].flatMap((match, index) => {
    const last = matches[index - 1] ?? { before: -1, after: -1 };
    const between = match.before - last.before - 1;
    const inPlace = between === match.after - last.after - 1 ? between : 0;
    const nameless = Array.from({ length: inPlace }, (_, at) => ({ before: last.before + 1 + at, after: last.after + 1 + at }));
    const kept = nameless.filter((each) => isNameless(before[each.before]) && isNameless(after[each.after]));
    return index < matches.length ? [...kept, match] : kept;
  });
}

function commonSubsequence(before: readonly unknown[], after: readonly unknown[]): Match[] {
  const [keysBefore, keysAfter] = [before.map(identityOf), after.map(identityOf)];
  const weight = (i: number, j: number) => (keysBefore[i] === keysAfter[j] ? weightOf(before[i]) : 0);
  const best = bestWeights(before.length, after.length, weight);
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  const matches: Match[] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    const same = weight(i, j);
    if (same > 0 && at(i, j) === same + at(i + 1, j + 1)) matches.push({ before: i++, after: j++ });
    else if (at(i, j) === at(i + 1, j)) i++;
    else j++;
  }
  return matches;
}

/** What the best matches from the places i and j on weigh. */
function bestWeights(rows: number, columns: number, weight: (i: number, j: number) => number): number[][] {
  const best: number[][] = [];
  for (let i = rows - 1; i >= 0; i--) {
    const row: number[] = [];
    const next = best[i + 1] ?? [];
    for (let j = columns - 1; j >= 0; j--) {
      const same = weight(i, j);
      row[j] = Math.max(next[j] ?? 0, row[j + 1] ?? 0, same > 0 ? same + (next[j + 1] ?? 0) : 0);
    }
    best[i] = row;
  }
  return best;
}

function isNameless(entry: unknown): boolean {
  return isMap(entry) && nameOf(entry) === undefined;
}

function identityOf(entry: unknown): string {
  return (isMap(entry) ? nameOf(entry) : undefined) ?? JSON.stringify(entry);
}

/** Of an object, or of a container, volume or mount. */
function nameOf(entry: Record<string, unknown>): string | undefined {
  const name = textOf(entry.name);
  if (name !== undefined) return `${name} ${textOf(entry.mountPath) ?? ''}`;
  const ofObject = textOf(fieldAt(entry, 'metadata', 'name'));
  return ofObject && [entry.apiVersion, entry.kind, fieldAt(entry, 'metadata', 'namespace'), ofObject].join(' ');
}

function weightOf(entry: unknown): number {
  return String(fieldAt(entry, 'name')).startsWith('bookend-') ? 1 : 1_000;
}
