/**
 * The structural schema of a custom resource, as far as it changes or refuses an object: defaults, pruning of unknown fields, types, required
 * fields, enumerations, bounds and patterns.
 */
import { isMap, textsOf } from '../../../objects/fields.ts';
import { copy, type Fields, mapsOf, same } from '../json.ts';
import { budgeted } from './cel/budget.ts';
import { matches } from './linear-regexp.ts';

export type Misfit = { field: string; why: string };

/** The value with defaults filled in and unknown fields pruned, or the first field that does not fit. */
export function conformed(value: unknown, schema: Fields, field = ''): { value: unknown } | Misfit {
  if (value === null && schema.nullable === true) return { value };
  if (!isOfType(value, schema)) {
    return {
      field,
      why: `Invalid value: ${JSON.stringify(describe(value))}: ${field} in body must be of type ${schema.type}: ${JSON.stringify(describe(value))}`,
    };
  }
  const misfit = broken(value, schema);
  if (misfit !== undefined) return { field, why: misfit };
  if (isMap(value)) return conformedMap(value, schema, field);
  if (Array.isArray(value) && isMap(schema.items)) {
    const items: unknown[] = [];
    for (const [index, item] of value.entries()) {
      const outcome = conformed(item, schema.items, `${field}[${index}]`);
      if ('field' in outcome) return outcome;
      items.push(outcome.value);
    }
    return { value: items };
  }
  return { value };
}

function conformedMap(value: Fields, schema: Fields, field: string): { value: unknown } | Misfit {
  const properties = isMap(schema.properties) ? schema.properties : {};
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'] === true;
  const rest = isMap(schema.additionalProperties) ? schema.additionalProperties : undefined;
  const result: Fields = {};
  for (const key in value) {
    const inner = isMap(properties[key]) ? properties[key] : rest;
    if (inner === undefined) {
      if (open || schema.additionalProperties === true) result[key] = value[key];
      continue;
    }
    // A null where null is not allowed counts as absent when there is a default to take its place, and is pruned otherwise.
    if (value[key] === undefined || (value[key] === null && inner.nullable !== true)) continue;
    const outcome = conformed(value[key], inner, field === '' ? key : `${field}.${key}`);
    if ('field' in outcome) return outcome;
    result[key] = outcome.value;
  }
  for (const [key, inner] of Object.entries(properties)) {
    if (result[key] !== undefined || !isMap(inner) || inner.default === undefined) continue;
    const outcome = conformed(copy(inner.default), inner, field === '' ? key : `${field}.${key}`);
    if ('field' in outcome) return outcome;
    result[key] = outcome.value;
  }
  for (const key of textsOf(schema.required)) {
    if (result[key] === undefined) return { field: field === '' ? key : `${field}.${key}`, why: 'Required value' };
  }
  return { value: result };
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
  const limit = (name: string) => (typeof schema[name] === 'number' ? schema[name] : undefined);
  const beyond = (size: number, lowest: string, highest: string) =>
    size < (limit(lowest) ?? -Infinity) || size > (limit(highest) ?? Infinity);
  if (typeof value === 'string') {
    if (typeof schema.pattern === 'string' && !fits(schema.pattern, value))
      return `Invalid value: ${JSON.stringify(value)}: should match '${schema.pattern}'`;
    if (beyond([...value].length, 'minLength', 'maxLength'))
      return `Invalid value: ${JSON.stringify(value)}: its length is out of bounds`;
  }
  if (typeof value === 'number' && beyond(value, 'minimum', 'maximum')) return `Invalid value: ${value}: out of bounds`;
  if (Array.isArray(value) && beyond(value.length, 'minItems', 'maxItems'))
    return 'Invalid value: the number of items is out of bounds';
  if (isMap(value) && beyond(Object.keys(value).length, 'minProperties', 'maxProperties'))
    return 'Invalid value: the number of fields is out of bounds';
  if (Array.isArray(value) && schema['x-kubernetes-list-type'] === 'map') {
    const keys = mapsOf(value).map((item) =>
      JSON.stringify(textsOf(schema['x-kubernetes-list-map-keys']).map((key) => item[key])),
    );
    if (new Set(keys).size < keys.length) return 'Duplicate value: two items have the same keys';
  }
  return undefined;
}

/** What cannot be judged is not refused: a pattern that RE2 does not know, which the API server has let nobody write, and one that is too costly. */
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
