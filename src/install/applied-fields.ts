/**
 * From created to applied. What `create` made is entered in managedFields under an `Update` of our manager; server-side
 * apply keeps a book of its own beside it and would never remove a field that stands in the other. So the entry becomes
 * an `Apply` before the first apply, as kubectl's own migration does it (client-go `util/csaupgrade`). Created objects
 * are never applied in the first place, because an apply cannot say "only if it does not exist".
 */
import { listOf, mapOf } from '../objects/fields.ts';

type Fields = Record<string, unknown>;

/**
 * The managedFields of an object with what `manager` entered by `Update` moved to its `Apply`.
 * @returns undefined when there is nothing to move
 */
export function withAppliedFields(managedFields: unknown, manager: string): Fields[] | undefined {
  const entries = listOf(managedFields).map(mapOf);
  const isOurs = (entry: Fields) => entry.manager === manager && (entry.subresource ?? '') === '';
  const moved = entries.filter((entry) => isOurs(entry) && entry.operation === 'Update');
  const [first] = moved;
  if (!first) return undefined;
  const applied = entries.filter((entry) => isOurs(entry) && entry.operation === 'Apply');
  const fieldsV1 = [...moved, ...applied].reduce<Fields>((all, entry) => union(all, mapOf(entry.fieldsV1)), {});
  const others = entries.filter((entry) => !moved.includes(entry) && !applied.includes(entry));
  return [...others, { ...(applied[0] ?? first), operation: 'Apply', fieldsV1 }];
}

/** Of two sets of fields in the form of FieldsV1: a field is a key, what is below it a map. */
function union(one: Fields, other: Fields): Fields {
  const all: Fields = { ...one };
  for (const [key, below] of Object.entries(other)) all[key] = key in all ? union(mapOf(all[key]), mapOf(below)) : below;
  return all;
}
