/**
 * Values seen as sets of fields: which fields a value sets, how two values differ, how one is merged into another, how
 * fields are taken out.
 *
 * Lists are atomic (one field) unless Kubernetes' schema says that their items have keys or that they are sets. For
 * built-in kinds that is known here by the lists' names; a custom resource brings its own schema
 * (`x-kubernetes-list-type`).
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

/** What became of the fields of an object: those that are new or have another value now, and those that are gone. */
type Difference = { changed: FieldTree; removed: FieldTree };

/** What became of the fields of `old`; undefined: nothing. */
export function difference(old: unknown, now: unknown, name = '', schema?: Schema): Difference | undefined {
  if (old === now || same(old, now)) return undefined;
  const before = branches(old, name, schema);
  const after = branches(now, name, schema);
  if (before === undefined || after === undefined) return { changed: fieldsOf(now, name, schema), removed: {} };
  const result: Difference = { changed: {}, removed: {} };
  for (const [step, value] of after) {
    if (before.has(step)) noteInner(result, step, differenceAt(step, before.get(step), value, schema));
    else result.changed[step] = branchOf(step, value, schema);
  }
  for (const [step, value] of before) if (!after.has(step)) result.removed[step] = branchOf(step, value, schema);
  return result;
}

function differenceAt(step: string, old: unknown, now: unknown, schema: Schema): Difference | undefined {
  const at = placeOf(step, schema);
  return difference(old, now, at.name, at.schema);
}

function noteInner(result: Difference, step: string, inner: Difference | undefined): void {
  if (inner === undefined) return;
  if (!isEmpty(inner.changed) || isEmpty(inner.removed)) result.changed[step] = inner.changed;
  if (!isEmpty(inner.removed)) result.removed[step] = inner.removed;
}

/** `live` with everything that `applied` sets. Shares what is unchanged with `live`. */
export function merged(live: unknown, applied: unknown, name = '', schema?: Schema): unknown {
  if (isMap(live) && isMap(applied)) {
    const result: Fields = { ...live };
    for (const key in applied)
      result[key] = key in live ? merged(live[key], applied[key], key, below(schema, key)) : applied[key];
    return result;
  }
  return Array.isArray(live) && Array.isArray(applied) ? mergedList(live, applied, name, schema) : applied;
}

function mergedList(live: unknown[], applied: unknown[], name: string, schema: Schema): unknown[] {
  const present = itemsByStep(live, name, schema);
  const wanted = itemsByStep(applied, name, schema);
  if (present === undefined || wanted === undefined) return applied;
  for (const [step, item] of wanted) {
    present.set(step, present.has(step) ? merged(present.get(step), item, '', itemSchema(schema)) : item);
  }
  return [...present.values()];
}

/** The value without those fields; maps and lists that become empty go too. */
export function without(value: unknown, tree: FieldTree, name = '', schema?: Schema): unknown {
  if (isEmpty(tree)) return undefined;
  if (isMap(value)) return mapWithout(value, tree, schema);
  return Array.isArray(value) ? listWithout(value, tree, name, schema) : undefined;
}

function mapWithout(value: Fields, tree: FieldTree, schema: Schema): Fields | undefined {
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

function listWithout(value: unknown[], tree: FieldTree, name: string, schema: Schema): unknown[] | undefined {
  const items = itemsByStep(value, name, schema);
  if (items === undefined) return undefined;
  for (const step in tree) {
    const branch = tree[step] ?? {};
    if (step.startsWith('v:') || '.' in branch) items.delete(step);
    else if (items.has(step)) items.set(step, without(items.get(step), branch, '', itemSchema(schema)));
  }
  return items.size === 0 ? undefined : [...items.values()];
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

/**
 * Kubernetes' own lists that are not atomic (`x-kubernetes-list-type` in its OpenAPI document), as far as manifests use
 * them.
 */
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
