/**
 * The difference of two values as a JSON patch (RFC 6902). Lists have no keys there, only places: before anything in
 * an entry of a list is changed, its name is tested, so that a patch for another version of the manifest fails and
 * changes no other container.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap } from '../../objects/fields.ts';
import { aligned } from './edit/align.ts';
import type { Path } from './value-at.ts';

export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | {
      op: 'remove';
      path: string;
    };

/** @param at where the values stand in what is patched */
export function jsonPatch(before: unknown, after: unknown, at: Path = []): PatchOperation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMap(before) && isMap(after)) return ofMaps(before, after, at);
  if (Array.isArray(before) && Array.isArray(after)) return ofLists(before, after, at);
  return [{ op: 'replace', path: pointer(at), value: after }];
}

type Fields = Readonly<Record<string, unknown>>;

function ofMaps(before: Fields, after: Fields, at: Path): PatchOperation[] {
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [
    ...removed.map((key): PatchOperation => ({ op: 'remove', path: pointer([...at, key]) })),
    ...Object.entries(after).flatMap(([key, value]): PatchOperation[] =>
      Object.hasOwn(before, key)
        ? jsonPatch(before[key], value, [...at, key])
        : [{ op: 'add', path: pointer([...at, key]), value }],
    ),
  ];
}

/**
 * First what changes within entries, at the places that they have; then what goes, from behind; then what comes, from
 * the front.
 */
function ofLists(before: readonly unknown[], after: readonly unknown[], at: Path): PatchOperation[] {
  const matches = aligned(before, after);
  const changed = matches.flatMap((match) => ofEntry(before[match.before], after[match.after], [...at, match.before]));
  const removed = [...before.keys()].filter((index) => !matches.some((match) => match.before === index)).reverse();
  const added = [...after.keys()].filter((index) => !matches.some((match) => match.after === index));
  const isLast = (index: number) => !matches.some((match) => match.after > index);
  return [
    ...changed,
    ...removed.flatMap((index): PatchOperation[] => [
      ...ofName(before[index], [...at, index]),
      { op: 'remove', path: pointer([...at, index]) },
    ]),
    ...added.map((index): PatchOperation => {
      return { op: 'add', path: pointer([...at, isLast(index) ? '-' : index]), value: after[index] };
    }),
  ];
}

function ofEntry(before: unknown, after: unknown, at: Path): PatchOperation[] {
  const operations = jsonPatch(before, after, at);
  return operations.length === 0 ? [] : [...ofName(before, at), ...operations];
}

function ofName(entry: unknown, at: Path): PatchOperation[] {
  const name = isMap(entry) ? entry.name : undefined;
  return name === undefined ? [] : [{ op: 'test', path: pointer([...at, 'name']), value: name }];
}

/** RFC 6901. */
export function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
