/**
 * Server-side apply and the book of who set which field (`metadata.managedFields`), after structured-merge-diff.
 *
 * Simplified where nothing here depends on it: writes of the simulated controllers and kubelet are not entered, nor are
 * writes to the status subresource; all versions of a kind count as one; an entry does not name the maps around its
 * fields.
 */
import { describeRef } from '../../../objects/identity.ts';
import type { ObjectMeta } from '../../../objects/object.ts';
import { type Fields, mapsOf, same } from '../json.ts';
import { apiError } from './api-errors.ts';
import { common, type FieldTree, isEmpty, minus, pathsIn, union } from './field-tree.ts';
import { difference, fieldsOf, merged, type Schema, without } from './field-values.ts';
import type { Stored } from './store.ts';

export type Manager = { name: string; operation: 'Apply' | 'Update'; apiVersion: string; time: string };

type Entry = { manager: string; operation: string; apiVersion: string; time: string; fieldsType: string; fieldsV1: FieldTree };

/**
 * The live object with the applied one merged in: what the manager applied before and does not apply now is removed,
 * unless somebody else set it too.
 * @throws BookendError conflict when another manager has set a field to another value and `force` is not given.
 */
export function applied(live: Stored, config: Stored, manager: Manager, force: boolean, schema?: Schema): Stored {
  const entries = entriesOf(live);
  const own = entries.find((entry) => isOf(entry, manager));
  const wanted = ownFields(config, schema);
  const changing = difference(ownable(live), ownable(merged(live, config, '', schema) as Stored), '', schema)?.changed ?? {};
  const contested = entries
    .filter((entry) => entry !== own)
    .map((entry) => ({ entry, fields: common(common(wanted, changing), entry.fieldsV1) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (contested.length > 0 && !force) throw conflictWith(live, contested);

  const kept = entries.map((entry) => ({
    ...entry,
    fieldsV1: minus(entry.fieldsV1, contested.find((one) => one.entry === entry)?.fields ?? {}),
  }));
  const others = kept.filter((entry) => !isOf(entry, manager));
  const dropped = own ? others.reduce((rest, entry) => minus(rest, entry.fieldsV1), minus(own.fieldsV1, wanted)) : {};
  const trimmed = isEmpty(dropped) ? live : (without(live, dropped, '', schema) as Stored);
  const result = merged(trimmed, config, '', schema) as Stored;
  const mine = own && same(own.fieldsV1, wanted) ? own : { ...fresh(manager), fieldsV1: wanted };
  const after = own ? kept.map((entry) => (isOf(entry, manager) ? mine : entry)) : [...kept, mine];
  return withEntries(
    result,
    after.filter((entry) => !isEmpty(entry.fieldsV1)),
  );
}

/**
 * The object as it is first stored, entered as set by the manager.
 * @param sent as it came, with defaults: what the server generates at the creation (the selector of a Job) is entered
 * for nobody, because the entry is made before (`createHandler` in `endpoints/handlers/create.go`)
 */
export function created(object: Stored, sent: Stored, manager: Manager, schema?: Schema): Stored {
  return withEntries(object, [{ ...fresh(manager), fieldsV1: ownFields(sent, schema) }]);
}

/**
 * The changed object with the change entered: what changed belongs to the manager alone. Whoever writes the object may
 * rewrite the book itself (`fieldmanager.Update` begins with the entries of the new object, unless there are none).
 */
export function updated(old: Stored, object: Stored, manager: Manager, schema?: Schema): Stored {
  const written = entriesOf(object).length > 0 ? entriesOf(object) : entriesOf(old);
  const change = difference(ownable(old), ownable(object), '', schema);
  if (change === undefined) return withEntries(object, written);
  const touched = union(change.changed, change.removed);
  const own = written.find((entry) => isOf(entry, manager));
  const others = written
    .filter((entry) => entry !== own)
    .map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, touched) }));
  const mine = { ...fresh(manager), fieldsV1: union(minus(own?.fieldsV1 ?? {}, change.removed), change.changed) };
  return withEntries(
    object,
    [...others, mine].filter((entry) => !isEmpty(entry.fieldsV1)),
  );
}

function fresh({ name, operation, apiVersion, time }: Manager): Omit<Entry, 'fieldsV1'> {
  return { manager: name, operation, apiVersion, time, fieldsType: 'FieldsV1' };
}

function entriesOf(object: Stored): Entry[] {
  return mapsOf(object.metadata.managedFields) as unknown as Entry[];
}

function isOf(entry: Entry, manager: Manager): boolean {
  return entry.manager === manager.name && entry.operation === manager.operation;
}

function withEntries(object: Stored, entries: Entry[]): Stored {
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}

function ownFields(object: Stored, schema: Schema): FieldTree {
  return fieldsOf(ownable(object), '', schema);
}

/** The part of an object that managers can own. */
function ownable(object: Stored): Fields {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const kept: Fields = {};
  for (const key in metadata) if (!systemFields.has(key) && metadata[key] !== undefined) kept[key] = metadata[key];
  return isEmpty(kept as FieldTree) ? rest : { ...rest, metadata: kept };
}

function conflictWith(live: Stored, contested: { entry: Entry; fields: FieldTree }[]): Error {
  const all = contested.flatMap(({ entry, fields }) => pathsIn(fields).map((path) => ({ entry, path })));
  const owner = ({ manager, operation, apiVersion }: Entry) =>
    `"${manager}"${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
  const message =
    all.length === 1
      ? `Apply failed with 1 conflict: conflict with ${all.map(({ entry, path }) => `${owner(entry)}: ${path}`).join('')}`
      : `Apply failed with ${all.length} conflicts: ${contested
          .map(
            ({ entry, fields }) =>
              `conflicts with ${owner(entry)}:\n${pathsIn(fields)
                .map((path) => `- ${path}`)
                .join('\n')}`,
          )
          .join('\n')}`;
  return apiError('conflict', message, {
    status: 409,
    reason: 'Conflict',
    object: describeRef({ kind: live.kind, ...live.metadata }),
  });
}

/** Fields of metadata that belong to the server. */
const systemFields = new Set<keyof ObjectMeta>([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);
