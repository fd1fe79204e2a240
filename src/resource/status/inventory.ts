/**
 * The inventory as the status has it, and as everybody works with it. In the status a large one is grouped, and an
 * object is one text, `NAME/UID`, so that thousands of objects fit: see docs/decisions/018-compact-status.md.
 */
import { listOf, mapOf, textOf, textsOf } from '../../objects/fields.ts';
import type { ObjectRef } from '../../objects/object.ts';

export type InventoryItem = ObjectRef & {
  component?: string;
  /** SHA-256 (base64url) of each nonce with which it may have been created. */
  nonces?: readonly string[];
  keep?: boolean;
};

/** What several objects have in common, and the objects. */
export type InventoryGroup = {
  component?: string;
  apiVersion: string;
  kind: string;
  namespace?: string;
  keep?: boolean;
  /** `NAME/UID/NONCE/NONCE…`; the UID is empty until it is recorded. */
  objects?: string[];
  /** An object by itself: in a small inventory, or when its name or UID does not fit into such a text. */
  name?: string;
  uid?: string;
  nonces?: string[];
};

/** From so many objects on the status is compact. Every version of Bookend reads what is smaller. */
export const compactFrom = 100;

export function inventoryForStatus(items: readonly InventoryItem[]): InventoryGroup[] {
  return items.length < compactFrom ? items.map(alone) : packInventory(items);
}

/** One group for each component, kind and namespace, in the order in which the first of it stands. */
export function packInventory(items: readonly InventoryItem[]): InventoryGroup[] {
  const groups = Map.groupBy(items, (item) => (isPlain(item) ? keyOf(item) : item));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    return isPlain(first) ? { ...commonOf(first), objects: group.map(textOfItem) } : group.map(alone);
  });
}

/** The inventory of a status, in either form. What is not as the schema has it counts as not there. */
export function inventoryOf(status: unknown): InventoryItem[] {
  return listOf(mapOf(status).inventory).flatMap((entry) => {
    const { component, apiVersion, kind, namespace, keep, objects, name, uid, nonces } = mapOf(entry);
    const common = {
      apiVersion: textOf(apiVersion) ?? '',
      kind: textOf(kind) ?? '',
      ...optional('component', textOf(component)),
      ...optional('namespace', textOf(namespace) || undefined),
      ...(keep === true && { keep }),
    };
    if (!common.apiVersion || !common.kind) return [];
    const texts = textsOf(objects).map((text) => text.split('/'));
    const single = textOf(name);
    const all = single === undefined ? texts : [...texts, [single, textOf(uid) ?? '', ...textsOf(nonces)]];
    return all.flatMap(([each, itsUid, ...hashes]): InventoryItem[] =>
      each
        ? [
            {
              ...common,
              name: each,
              ...(itsUid && { uid: itsUid }),
              ...(hashes.length > 0 && { nonces: hashes.map(inBase64url) }),
            },
          ]
        : [],
    );
  });
}

function keyOf({ component = '', apiVersion, kind, namespace = '', keep = false }: InventoryItem): string {
  return JSON.stringify([component, apiVersion, kind, namespace, keep]);
}

function commonOf({ component, apiVersion, kind, namespace, keep }: InventoryItem): InventoryGroup {
  return {
    ...optional('component', component),
    apiVersion,
    kind,
    ...optional('namespace', namespace),
    ...(keep && { keep }),
  };
}

/**
 * No part of its text can be taken for another one: names of Kubernetes have no slash, and the API server makes UIDs.
 */
function isPlain({ name, uid = '', nonces = [] }: InventoryItem): boolean {
  return name !== '' && [name, uid, ...nonces].every((part) => !part.includes('/'));
}

function textOfItem({ name, uid = '', nonces = [] }: InventoryItem): string {
  return [name, uid, ...nonces].join('/');
}

function alone(item: InventoryItem): InventoryGroup {
  const { name, uid, nonces } = item;
  return { ...commonOf(item), name, ...optional('uid', uid), ...(nonces && { nonces: nonces.map(inHexadecimal) }) };
}

/** As former versions read hashes. */
function inHexadecimal(hash: string): string {
  return /^[\w-]{43}$/.test(hash) ? Buffer.from(hash, 'base64url').toString('hex') : hash;
}

function inBase64url(hash: string): string {
  return /^[0-9a-f]{64}$/.test(hash) ? Buffer.from(hash, 'hex').toString('base64url') : hash;
}

function optional<Key extends string>(key: Key, value: string | undefined): { [key in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]: string });
}
