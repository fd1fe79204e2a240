/**
 * Values seen as sets of fields: which fields a value sets, how two values differ, how one is merged into another, how fields are taken out.
 *
 * Lists are atomic (one field) unless Kubernetes' schema says that their items have keys or that they are sets. For built-in kinds that is known
 * here by the lists' names; a custom resource brings its own schema (`x-kubernetes-list-type`).
 */
import { fieldAt, isMap, textsOf } from '../../../objects/fields.ts';
import { type Fields, same } from '../json.ts';
import { type FieldTree, isEmpty } from './field-tree.ts';

/** The OpenAPI schema at this place of a custom resource; absent in built-in kinds. */
export type Schema = Fields | undefined;

/** The fields that a value sets. */
export function fieldsOf(value: unknown, name = '', schema?: Schema): FieldTree {
  const tree: FieldTree = {};
  if (isMap(value)) {
    for (const key in value) if (value[key] !== undefined) tree[`f:${key}`] = fieldsOf(value[key], key, below(schema, key));
  } else if (Array.isArray(value)) {
    const keyed = itemsByStep(value, name, schema);
    for (const [step, item] of keyed ?? []) {
      tree[step] = step.startsWith('v:') ? {} : { '.': {}, ...fieldsOf(item, '', itemSchema(schema)) };
    }
  }
  return tree;
}

/** What became of the fields of `old`: those that are new or have another value now, and those that are gone. */
export function difference(
  old: unknown,
  now: unknown,
  name = '',
  schema?: Schema,
): { changed: FieldTree; removed: FieldTree } | undefined {
  if (old === now || same(old, now)) return undefined;
  const before = branches(old, name, schema);
  const after = branches(now, name, schema);
  if (before === undefined || after === undefined) return { changed: fieldsOf(now, name, schema), removed: {} };
  const changed: FieldTree = {};
  const removed: FieldTree = {};
  for (const [step, value] of after) {
    const at = placeOf(step, schema);
    if (!before.has(step)) changed[step] = branchOf(step, value, schema);
    else {
      const inner = difference(before.get(step), value, at.name, at.schema);
      if (inner === undefined) continue;
      if (!isEmpty(inner.changed) || isEmpty(inner.removed)) changed[step] = inner.changed;
      if (!isEmpty(inner.removed)) removed[step] = inner.removed;
    }
  }
  for (const [step, value] of before) if (!after.has(step)) removed[step] = branchOf(step, value, schema);
  return { changed, removed };
}

/** `live` with everything that `applied` sets. Shares what is unchanged with `live`. */
export function merged(live: unknown, applied: unknown, name = '', schema?: Schema): unknown {
  if (isMap(live) && isMap(applied)) {
    const result: Fields = { ...live };
    for (const key in applied)
      result[key] = key in live ? merged(live[key], applied[key], key, below(schema, key)) : applied[key];
    return result;
  }
  if (Array.isArray(live) && Array.isArray(applied)) {
    const present = itemsByStep(live, name, schema);
    const wanted = itemsByStep(applied, name, schema);
    if (present === undefined || wanted === undefined) return applied;
    for (const [step, item] of wanted) {
      present.set(step, present.has(step) ? merged(present.get(step), item, '', itemSchema(schema)) : item);
    }
    return [...present.values()];
  }
  return applied;
}

/** The value without those fields; maps and lists that become empty go too. */
export function without(value: unknown, tree: FieldTree, name = '', schema?: Schema): unknown {
  if (isEmpty(tree)) return undefined;
  if (isMap(value)) {
    const result: Fields = { ...value };
    for (const step in tree) {
      const key = step.slice(2);
      if (!step.startsWith('f:') || !(key in result)) continue;
      const rest = without(result[key], tree[step] ?? {}, key, below(schema, key));
      if (rest === undefined) delete result[key];
      else result[key] = rest;
    }
    return isEmpty(result as FieldTree) ? undefined : result;
  }
  if (Array.isArray(value)) {
    const items = itemsByStep(value, name, schema);
    if (items === undefined) return undefined;
    for (const step in tree) {
      const branch = tree[step] ?? {};
      if (step.startsWith('v:') || '.' in branch) items.delete(step);
      else if (items.has(step)) items.set(step, without(items.get(step), branch, '', itemSchema(schema)));
    }
    return items.size === 0 ? undefined : [...items.values()];
  }
  return undefined;
}

function branches(value: unknown, name: string, schema: Schema): Map<string, unknown> | undefined {
  if (isMap(value)) {
    const result = new Map<string, unknown>();
    for (const key in value) if (value[key] !== undefined) result.set(`f:${key}`, value[key]);
    return result;
  }
  return Array.isArray(value) ? itemsByStep(value, name, schema) : undefined;
}

function branchOf(step: string, value: unknown, schema: Schema): FieldTree {
  const at = placeOf(step, schema);
  const tree = fieldsOf(value, at.name, at.schema);
  return step.startsWith('k:') ? { '.': {}, ...tree } : tree;
}

function placeOf(step: string, schema: Schema): { name: string; schema: Schema } {
  const key = step.slice(2);
  return step.startsWith('f:') ? { name: key, schema: below(schema, key) } : { name: '', schema: itemSchema(schema) };
}

/** The items by their step in a field tree, or undefined when the list is atomic. */
function itemsByStep(items: unknown[], name: string, schema: Schema): Map<string, unknown> | undefined {
  const keys = listKeys(name, schema);
  if (keys === undefined) return undefined;
  const result = new Map<string, unknown>();
  for (const item of items) {
    if (isMap(item) === (keys.length === 0)) return undefined;
    result.set(keys.length === 0 ? `v:${JSON.stringify(item)}` : `k:${JSON.stringify(keysOf(item as Fields, keys))}`, item);
  }
  return result;
}

function keysOf(item: Fields, keys: readonly string[]): Fields {
  const result: Fields = {};
  for (const key of keys) {
    const value = item[key] ?? (key === 'protocol' ? 'TCP' : undefined);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

/** The keys of a list's items, none of them for a set, undefined for an atomic list. */
function listKeys(name: string, schema: Schema): readonly string[] | undefined {
  if (schema === undefined || name === 'finalizers' || name === 'ownerReferences') return builtInLists[name];
  if (schema['x-kubernetes-list-type'] === 'set') return [];
  if (schema['x-kubernetes-list-type'] === 'map') return textsOf(schema['x-kubernetes-list-map-keys']);
  return undefined;
}

function below(schema: Schema, key: string): Schema {
  if (schema === undefined) return undefined;
  const inner = fieldAt(schema, 'properties', key) ?? schema.additionalProperties;
  return isMap(inner) ? inner : noSchema;
}

function itemSchema(schema: Schema): Schema {
  return schema === undefined ? undefined : isMap(schema.items) ? schema.items : noSchema;
}

const noSchema: Fields = Object.freeze({});

/** Kubernetes' own lists that are not atomic (`x-kubernetes-list-type` in its OpenAPI document), as far as manifests use them. */
const builtInLists: Record<string, readonly string[]> = {
  finalizers: [],
  ownerReferences: ['uid'],
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  ports: ['containerPort', 'port', 'protocol'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  webhooks: ['name'],
  conditions: ['type'],
  podIPs: ['ip'],
};
