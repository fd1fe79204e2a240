/**
 * The difference between two JSON values as a JSON patch (RFC 6902) that touches nothing else: what other webhooks
 * and the API server put into a Pod stays as it is, fields that we have never heard of too.
 */
import { isMap } from '../../objects/fields.ts';

export type Operation = { op: 'add' | 'replace'; path: string; value: unknown } | { op: 'remove'; path: string };

/** What makes `after` of `before`. Nothing for equal values. */
export function difference(before: unknown, after: unknown, path = ''): Operation[] {
  if (before === after) return [];
  // Without asking first whether they are equal: at each level that would look at everything below once more.
  if (isMap(before) && isMap(after)) return ofMaps(before, after, path);
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

function ofMaps(before: Record<string, unknown>, after: Record<string, unknown>, path: string): Operation[] {
  const removed = keysOf(before).filter((key) => valueAt(after, key) === undefined);
  return [
    ...removed.map((key): Operation => ({ op: 'remove', path: below(path, key) })),
    ...keysOf(after).flatMap((key): Operation[] =>
      valueAt(before, key) === undefined
        ? [{ op: 'add', path: below(path, key), value: after[key] }]
        : before[key] === after[key]
          ? []
          : difference(before[key], after[key], below(path, key)),
    ),
  ];
}

/** What is the same at both ends stays; in between, entries are changed in place, and then added or removed. */
function ofLists(before: readonly unknown[], after: readonly unknown[], path: string): Operation[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isEqual(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isEqual(before[before.length - 1 - end], after[after.length - 1 - end])) end += 1;
  const both = shorter - start - end;
  const changed = Array.from({ length: both }, (_, index) =>
    difference(before[start + index], after[start + index], below(path, start + index)),
  ).flat();
  const added = after
    .slice(start + both, after.length - end)
    .map((value, index): Operation => ({ op: 'add', path: below(path, start + both + index), value }));
  const removed = before
    .slice(start + both, before.length - end)
    .map((): Operation => ({ op: 'remove', path: below(path, start + both) }));
  return [...changed, ...added, ...removed];
}

function keysOf(map: Record<string, unknown>): string[] {
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

/** Its own value: a label may be called `constructor`. */
function valueAt(map: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** RFC 6901. */
function below(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
