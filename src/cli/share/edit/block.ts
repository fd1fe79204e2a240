/**
 * Inserts and removes entries of collections in block style, by whole lines if an entry has its own lines.
 */
import type { YAMLMap, YAMLSeq } from 'yaml';
import { columnOf, type Editing } from './editing.ts';
import { type Collection, dashes, endOf, nodeOf, pairEnd, pairStart, startOf } from './nodes.ts';
import { blockLines } from './render.ts';
import { lineEnd, lineStart, nextLine } from './splice.ts';

/** An entry of the collection: from its key or dash to the end of its value. */
export type Extent = { start: number; end: number };

export function extentsOf(collection: Collection): Extent[] {
  const items = collection.items as YAMLMap['items'] | YAMLSeq['items'];
  if ('srcToken' in collection && collection.srcToken?.type === 'block-seq') {
    const starts = dashes(collection as YAMLSeq);
    return items.map((item, index) => {
      const [start, node] = [starts[index] ?? 0, nodeOf(item)];
      return { start, end: node ? Math.max(start + 1, endOf(node)) : start + 1 };
    });
  }
  return (collection as YAMLMap).items.map((pair) => ({ start: pairStart(pair), end: pairEnd(pair) }));
}

/**
 * @param after the entry that the new ones follow; absent: they come first
 * @param values one-entry maps or lists, each to be written as an entry
 */
export function insertInBlock(
  editing: Editing,
  collection: Collection,
  after: Extent | undefined,
  values: readonly object[],
): void {
  const { text, style, splices } = editing;
  const { endOfLine } = style;
  const column = columnOf(editing, startOf(collection));
  const lines = values.flatMap((value) => blockLines(value, style, column));
  if (after) {
    const at = nextLine(text, after.end);
    const unfinished = at === text.length && text[at - 1] !== '\n';
    const piece = unfinished ? lines.map((line) => `${endOfLine}${line}`) : lines.map((line) => `${line}${endOfLine}`);
    splices.push({ start: at, end: at, text: piece.join('') });
    return;
  }
  const first = startOf(collection);
  if (ownLine(text, first)) {
    const at = aboveComments(text, first);
    splices.push({ start: at, end: at, text: lines.map((line) => `${line}${endOfLine}`).join('') });
  } else {
    const whole = lines.join(endOfLine).trimStart();
    splices.push({ start: first, end: first, text: `${whole}${endOfLine}${' '.repeat(column)}` });
  }
}

/** Never all of the entries: an empty collection has no block style. */
export function removeFromBlock({ text, splices }: Editing, entries: readonly Extent[], removed: ReadonlySet<number>): void {
  entries.forEach(({ start, end }, index) => {
    if (!removed.has(index)) return;
    const next = entries[index + 1];
    // The first key of a list's item stands behind the dash, which stays.
    if (!ownLine(text, start) && next) splices.push({ start, end: next.start, text: '' });
    else splices.push({ start: lineStart(text, start), end: nextLine(text, end), text: '' });
  });
}

/** What follows a colon or a dash: a comment on that line stays where it is. */
export function replaceInBlock(
  editing: Editing,
  { from, end, column, isItem }: { from: number; end: number; column: number; isItem: boolean },
  value: object,
): void {
  const { text, style, splices } = editing;
  const { endOfLine } = style;
  // A text of several lines ends behind its last end of line.
  const stop = end > from && text[end - 1] === '\n' ? lineEnd(text, lineStart(text, end - 1)) : end;
  const lines = blockLines(value, style, column);
  if (isItem) {
    splices.push({ start: from, end: stop, text: ` ${lines.join(endOfLine).trimStart()}` });
    return;
  }
  const piece = lines.map((line) => `${endOfLine}${line}`).join('');
  const rest = lineEnd(text, stop);
  if (text.slice(stop, rest).trim() === '' || text.slice(from, stop).includes('\n')) {
    splices.push({ start: from, end: stop, text: piece });
  } else {
    splices.push({ start: from, end: stop, text: '' }, { start: rest, end: rest, text: piece });
  }
}

function ownLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** Comments right above an entry are about it and stay with it. */
function aboveComments(text: string, offset: number): number {
  let at = lineStart(text, offset);
  while (at > 0) {
    const above = lineStart(text, at - 1);
    if (!/^[ \t]*#/.test(text.slice(above, at))) break;
    at = above;
  }
  return at;
}
