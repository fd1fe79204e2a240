/**
 * The positions in a text of plain YAML, as nodes of the `yaml` library, which needs most of the time of a change to
 * find them. The library reads everything that is not plain. `with-values.ts` checks each result.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isMap } from '../../../objects/fields.ts';
import { type EntryPlace, type Places, plainContent, spansOf } from '../../../objects/plain-yaml.ts';

/** Thrown for what is left to the library. */
export class NotPlainText extends Error {}

export type PlainNodes = {
  document: Document.Parsed;
  /** Values in brackets and braces, in which nothing is known. */
  closed: ReadonlySet<unknown>;
};

/** Undefined where anything is not plain. */
export function plainNodesOf(text: string): PlainNodes | undefined {
  const lines = text.split('\n');
  const [span, ...others] = spansOf(lines) ?? [];
  if (!span || others.length > 0) return undefined;
  const places: Places = new Map();
  // What a value means does not matter here: values are compared as they were read.
  const [content] = plainContent(lines, span, () => '', places) ?? [];
  if (!content) return undefined;
  const closed = new Set<unknown>();
  const document = new Document(null) as unknown as Document.Parsed;
  document.contents = nodeOf(content.value, { start: 0, end: 0 }, places, closed) as Document.Parsed['contents'];
  return { document, closed };
}

type Extent = Pick<EntryPlace, 'start' | 'end'>;

function nodeOf(value: unknown, { start, end }: Extent, places: Places, closed: Set<unknown>): Scalar | YAMLMap | YAMLSeq {
  const place = places.get(value);
  if (place) {
    const node = Array.isArray(value) ? listOf(place, places, closed) : mapOf(place.entries, places, closed);
    node.range = [place.at, place.at, place.at];
    return node;
  }
  const isCollection = Array.isArray(value) || isMap(value);
  if (isCollection && Object.keys(value).length === 0) {
    const empty = isMap(value) ? new YAMLMap() : new YAMLSeq();
    empty.flow = true;
    empty.range = [start, end, end];
    return empty;
  }
  const scalar = scalarAt(isCollection ? undefined : value, start, end);
  if (isCollection) closed.add(scalar);
  return scalar;
}

function mapOf(entries: readonly EntryPlace[], places: Places, closed: Set<unknown>): YAMLMap {
  const map = new YAMLMap();
  for (const entry of entries) {
    const { key, at, mark } = entry;
    const pair = new Pair<unknown, unknown>(scalarAt(key, at, mark), nodeOf(entry.value, entry, places, closed));
    pair.srcToken = { start: [], key: null, sep: [{ type: 'map-value-ind', offset: mark, indent: at, source: ':' }] };
    map.items.push(pair);
  }
  return map;
}

function listOf(
  { at, column, entries }: { at: number; column: number; entries: EntryPlace[] },
  places: Places,
  closed: Set<unknown>,
) {
  const list = new YAMLSeq();
  list.items = entries.map((entry) => nodeOf(entry.value, entry, places, closed));
  const items = entries.map(({ mark }) => ({
    start: [{ type: 'seq-item-ind' as const, offset: mark, indent: column, source: '-' }],
  }));
  list.srcToken = { type: 'block-seq', offset: at, indent: column, items };
  return list;
}

function scalarAt(value: unknown, start: number, end: number): Scalar {
  const node = new Scalar(value);
  node.range = [start, end, end];
  return node;
}
