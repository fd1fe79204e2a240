/**
 * The difference between two JSON values as a JSON patch (RFC 6902) that touches nothing else: fields that we have
 * never heard of stay as they are. Lists have no keys in such a patch, only indexes, so the caller decides which
 * entries of two lists belong together.
 */
import { isMap } from './fields.ts';

export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | {
      op: 'remove';
      path: string;
    };

/** The operations that turn one list into the other. */
export type ListPatch = (before: readonly unknown[], after: readonly unknown[], path: string) => PatchOperation[];

/** @returns what turns `before` into `after`; nothing for equal values */
export function jsonPatch(before: unknown, after: unknown, path = '', ofLists: ListPatch = middleOfList): PatchOperation[] {
  if (before === after) return [];
  // Without asking first whether they are equal: at each level that would look at everything below once more.
  if (isMap(before) && isMap(after)) return ofMaps(before, after, path, ofLists);
  if (Array.isArray(before) && Array.isArray(after)) return ofLists(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

/** A field that is undefined is none, as in JSON itself. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, index) => isEqual(each, b[index]));
  if (!isMap(a) || !isMap(b)) return false;
  return [...new Set([...keysOf(a), ...keysOf(b)])].every((key) => isEqual(valueAt(a, key), valueAt(b, key)));
}

/** The JSON pointer (RFC 6901) of a field or entry of what `path` points to. */
export function below(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

type Fields = Readonly<Record<string, unknown>>;

function ofMaps(before: Fields, after: Fields, path: string, ofLists: ListPatch): PatchOperation[] {
  const removed = keysOf(before).filter((key) => valueAt(after, key) === undefined);
  return [
    ...removed.map((key): PatchOperation => ({ op: 'remove', path: below(path, key) })),
    ...keysOf(after).flatMap((key): PatchOperation[] =>
      valueAt(before, key) === undefined
        ? [{ op: 'add', path: below(path, key), value: after[key] }]
        : jsonPatch(before[key], after[key], below(path, key), ofLists),
    ),
  ];
}

/** Equal entries at both ends stay; entries in between are changed in place, then added or removed. In linear time. */
function middleOfList(before: readonly unknown[], after: readonly unknown[], path: string): PatchOperation[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isEqual(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isEqual(before[before.length - 1 - end], after[after.length - 1 - end])) end += 1;
  const both = shorter - start - end;
  const changed = Array.from({ length: both }, (_, index) =>
    jsonPatch(before[start + index], after[start + index], below(path, start + index)),
  ).flat();
  const added = after
    .slice(start + both, after.length - end)
    .map((value, index): PatchOperation => ({ op: 'add', path: below(path, start + both + index), value }));
  const removed = before
    .slice(start + both, before.length - end)
    .map((): PatchOperation => ({ op: 'remove', path: below(path, start + both) }));
  return [...changed, ...added, ...removed];
}

function keysOf(map: Fields): string[] {
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

/** Its own value: a label may be called `constructor`. */
function valueAt(map: Fields, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
