/**
 * Lists in a patch for people, who keep it while the manifest changes. Before the patch changes an entry, it tests the
 * entry's name. So it fails for another version of the manifest, and never changes another container.
 */
import { isMap } from '../../objects/fields.ts';
import { below, jsonPatch, type ListPatch, type PatchOperation } from '../../objects/json-patch.ts';
import { aligned } from './edit/align.ts';

/** First what changes within entries; then what goes, from the last; then what comes, from the first. */
export const namedEntries: ListPatch = (before, after, path) => {
  const matches = aligned(before, after);
  const [kept, found] = [new Set(matches.map((match) => match.before)), new Set(matches.map((match) => match.after))];
  const lastFound = Math.max(-1, ...found);
  const changed = matches.flatMap((match) => {
    const operations = jsonPatch(before[match.before], after[match.after], below(path, match.before), namedEntries);
    return operations.length === 0 ? [] : [...nameTest(before[match.before], below(path, match.before)), ...operations];
  });
  const removed = [...before.keys()].filter((index) => !kept.has(index)).reverse();
  const added = [...after.keys()].filter((index) => !found.has(index));
  return [
    ...changed,
    ...removed.flatMap((index): PatchOperation[] => [
      ...nameTest(before[index], below(path, index)),
      { op: 'remove', path: below(path, index) },
    ]),
    ...added.map((index): PatchOperation => {
      return { op: 'add', path: below(path, index > lastFound ? '-' : index), value: after[index] };
    }),
  ];
};

function nameTest(entry: unknown, path: string): PatchOperation[] {
  const name = isMap(entry) ? entry.name : undefined;
  return name === undefined ? [] : [{ op: 'test', path: below(path, 'name'), value: name }];
}
