/** Inserts and removes entries of collections in flow style, including JSON. */
import { isPair, type Node, type Pair } from 'yaml';
import type { Extent } from './block.ts';
import type { Editing } from './editing.ts';
import { type Collection, endOf, hasQuotedKeys, isProperty, nodeOf, pairEnd, pairStart, startOf } from './nodes.ts';
import { type FlowPlace, flowPair, flowText } from './render.ts';
import { indentationAt, lineStart } from './splice.ts';

export function flowExtentsOf(collection: Collection): Extent[] {
  return collection.items.map((item) => {
    if (isPair(item)) return { start: pairStart(item as Pair), end: pairEnd(item as Pair) };
    const node = nodeOf(item);
    return node ? { start: propertiesStart(collection, node), end: endOf(node) } : { start: 0, end: 0 };
  });
}

/**
 * @param before index of the entry that the new ones precede; the number of entries to put them last
 * @param entries with a key for maps
 */
export function insertInFlow(
  editing: Editing,
  collection: Collection,
  before: number,
  entries: readonly { key?: string; value: unknown }[],
): void {
  const extents = flowExtentsOf(collection);
  const place = flowPlaceOf(editing, collection, extents);
  const { indentation, endOfLine, compact } = place;
  const separator = indentation !== undefined ? `,${endOfLine}${indentation}` : compact ? ',' : ', ';
  const texts = entries.map(({ key, value }) => (key === undefined ? flowText(value, place) : flowPair(key, value, place)));
  const [next, last] = [extents[before], extents.at(-1)];
  if (next) {
    const piece = texts.map((text) => `${text}${separator}`).join('');
    editing.splices.push({ start: next.start, end: next.start, text: piece });
  } else if (last) {
    const piece = texts.map((text) => `${separator}${text}`).join('');
    editing.splices.push({ start: last.end, end: last.end, text: piece });
  }
}

/** Never all of the entries. Each goes with the comma before it, or behind it when nothing stays before. */
export function removeFromFlow({ splices }: Editing, extents: readonly Extent[], removed: ReadonlySet<number>): void {
  const firstKept = extents.findIndex((_, index) => !removed.has(index));
  extents.forEach(({ start, end }, index) => {
    if (!removed.has(index)) return;
    if (index < firstKept) splices.push({ start, end: extents[index + 1]?.start ?? end, text: '' });
    else splices.push({ start: extents[index - 1]?.end ?? start, end, text: '' });
  });
}

/** How something is written within the collection, or in the place of a value in it. */
export function flowPlaceOf({ text, style }: Editing, collection: Collection, extents: readonly Extent[]): FlowPlace {
  const { endOfLine } = style;
  const json = hasQuotedKeys(collection) ?? style.json;
  const [open, first] = [startOf(collection), extents[0]?.start];
  const source = text.slice(open, endOf(collection));
  const unit = unitOf(text, open, first);
  if (first === undefined || !text.slice(open, first).includes('\n')) {
    return { json, unit, endOfLine, compact: json && !/":\s/.test(source) && !/,\s/.test(source) };
  }
  return { json, unit, endOfLine, compact: false, indentation: indentationAt(text, first) };
}

/** What an entry is further in than the line on which its collection begins. */
function unitOf(text: string, open: number, first: number | undefined): string {
  const outer = indentationAt(text, open);
  const inner = first === undefined || lineStart(text, first) === lineStart(text, open) ? '' : indentationAt(text, first);
  return inner.startsWith(outer) && inner.length > outer.length
    ? inner.slice(outer.length)
    : outer.startsWith('\t')
      ? '\t'
      : '  ';
}

/** Anchor and tag of an item belong to it. */
function propertiesStart(collection: Collection, node: Node): number {
  const { srcToken } = collection;
  if (srcToken?.type !== 'flow-collection') return startOf(node);
  const item = srcToken.items.find(({ value }) => value !== undefined && value === node.srcToken);
  return item?.start.find(({ type }) => isProperty(type))?.offset ?? startOf(node);
}
