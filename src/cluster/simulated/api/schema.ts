/**
 * The structural schema of a custom resource, as far as it changes or refuses an object: defaults, pruning of unknown
 * fields, types, required fields, enumerations, bounds and patterns.
 */
import { isMap, textsOf } from '../../../objects/fields.ts';
import { copy, type Fields, mapsOf, numberOf, same } from '../json.ts';
import { budgeted } from './cel/budget.ts';
import { matches } from './linear-regexp.ts';

type Misfit = { field: string; why: string };

type Conformed = { value: unknown } | Misfit;

/** The value with defaults filled in and unknown fields pruned, or the first field that does not fit. */
export function conformed(value: unknown, schema: Fields, field = ''): Conformed {
  if (value === null && schema.nullable === true) return { value };
  if (!isOfType(value, schema)) {
    const type = JSON.stringify(describe(value));
    return { field, why: `Invalid value: ${type}: ${field} in body must be of type ${schema.type}: ${type}` };
  }
  const misfit = broken(value, schema);
  if (misfit !== undefined) return { field, why: misfit };
  if (isMap(value)) return conformedMap(value, schema, field);
  return Array.isArray(value) && isMap(schema.items) ? conformedList(value, schema.items, field) : { value };
}

function conformedList(value: unknown[], schema: Fields, field: string): Conformed {
  const items: unknown[] = [];
  for (const [index, item] of value.entries()) {
    const outcome = conformed(item, schema, `${field}[${index}]`);
    if ('field' in outcome) return outcome;
    items.push(outcome.value);
  }
  return { value: items };
}

function conformedMap(value: Fields, schema: Fields, field: string): Conformed {
  const result: Fields = {};
  const misfit =
    takeOver(result, value, schema, field) ?? fillDefaults(result, schema, field) ?? missingIn(result, schema, field);
  return misfit ?? { value: result };
}

/** Puts what the schema knows of `value` into `result`. */
function takeOver(result: Fields, value: Fields, schema: Fields, field: string): Misfit | undefined {
  const properties = isMap(schema.properties) ? schema.properties : {};
  const open = keepsUnknown(schema);
  const rest = isMap(schema.additionalProperties) ? schema.additionalProperties : undefined;
  for (const key in value) {
    const inner = isMap(properties[key]) ? properties[key] : rest;
    if (inner === undefined && open) result[key] = value[key];
    // A null where null is not allowed counts as absent when there is a default to take its place, and is pruned
    // otherwise.
    if (inner === undefined || value[key] === undefined || (value[key] === null && inner.nullable !== true)) continue;
    const outcome = conformed(value[key], inner, pathTo(field, key));
    if ('field' in outcome) return outcome;
    result[key] = outcome.value;
  }
  return undefined;
}

function keepsUnknown(schema: Fields): boolean {
  const marks = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'additionalProperties'];
  return marks.some((mark) => schema[mark] === true);
}

function fillDefaults(result: Fields, schema: Fields, field: string): Misfit | undefined {
  const properties = isMap(schema.properties) ? schema.properties : {};
  for (const [key, inner] of Object.entries(properties)) {
    if (result[key] !== undefined || !isMap(inner) || inner.default === undefined) continue;
    const outcome = conformed(copy(inner.default), inner, pathTo(field, key));
    if ('field' in outcome) return outcome;
    result[key] = outcome.value;
  }
  return undefined;
}

function missingIn(result: Fields, schema: Fields, field: string): Misfit | undefined {
  const key = textsOf(schema.required).find((each) => result[each] === undefined);
  return key === undefined ? undefined : { field: pathTo(field, key), why: 'Required value' };
}

function pathTo(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}

function isOfType(value: unknown, schema: Fields): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case 'object':
      return isMap(value);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    default:
      return true;
  }
}

function broken(value: unknown, schema: Fields): string | undefined {
  if (Array.isArray(schema.enum) && !schema.enum.some((allowed) => same(allowed, value))) {
    return `Unsupported value: ${JSON.stringify(value)}: supported values: ${schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ')}`;
  }
  if (typeof value === 'string') return brokenText(value, schema);
  if (typeof value === 'number') return beyond(schema, value, 'minimum', 'maximum', `Invalid value: ${value}: out of bounds`);
  if (Array.isArray(value)) {
    const size = beyond(schema, value.length, 'minItems', 'maxItems', 'Invalid value: the number of items is out of bounds');
    return size ?? duplicateIn(value, schema);
  }
  if (!isMap(value)) return undefined;
  const why = 'Invalid value: the number of fields is out of bounds';
  return beyond(schema, Object.keys(value).length, 'minProperties', 'maxProperties', why);
}

function brokenText(value: string, schema: Fields): string | undefined {
  if (typeof schema.pattern === 'string' && !fits(schema.pattern, value))
    return `Invalid value: ${JSON.stringify(value)}: should match '${schema.pattern}'`;
  const why = `Invalid value: ${JSON.stringify(value)}: its length is out of bounds`;
  return beyond(schema, [...value].length, 'minLength', 'maxLength', why);
}

/** @returns `why`, when the size is beyond one of the schema's bounds of these names */
function beyond(schema: Fields, size: number, lowest: string, highest: string, why: string): string | undefined {
  const [least, most] = [numberOf(schema[lowest]), numberOf(schema[highest])];
  return size < (least ?? -Infinity) || size > (most ?? Infinity) ? why : undefined;
}

function duplicateIn(value: unknown[], schema: Fields): string | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const names = textsOf(schema['x-kubernetes-list-map-keys']);
  const keys = mapsOf(value).map((item) => JSON.stringify(names.map((key) => item[key])));
  return new Set(keys).size < keys.length ? 'Duplicate value: two items have the same keys' : undefined;
}

/**
 * What cannot be judged is not refused: a pattern that RE2 does not know, which the API server has let nobody write,
 * and one that is too costly.
 */
function fits(pattern: string, value: string): boolean {
  try {
    return budgeted(() => matches(pattern, value)) !== false;
  } catch {
    return true;
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : isMap(value) ? 'object' : typeof value;
}
