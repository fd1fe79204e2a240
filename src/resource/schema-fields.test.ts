/**
 * The API server drops what the schema does not know, on reading too: a field that a version of Bookend wrote and a
 * later one lost would be gone without a word, the inventory among them. schema-fields.txt lists what was ever there.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fieldAt, isMap, listOf, mapOf, textsOf } from '../objects/fields.ts';
import { clusterOperatorCrd } from './crd.ts';

const [version] = listOf(fieldAt(clusterOperatorCrd().spec, 'versions'));
const now = fieldsOf(fieldAt(version, 'schema', 'openAPIV3Schema'), '');
const recorded = readFileSync(new URL('schema-fields.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('the schema of a ClusterOperator', () => {
  test('loses no field, changes no type, and requires nothing that was optional', () => {
    const lost = recorded.filter((field) => !now.includes(field));
    assert.deepEqual(lost, [], 'keep these fields as they were, and stop writing them instead');
  });

  test('has every field on record', () => {
    const added = now.filter((field) => !recorded.includes(field));
    assert.deepEqual(added, [], 'add these lines to src/resource/schema-fields.txt');
  });
});

/** `spec.components[].name string required` */
function fieldsOf(schema: unknown, path: string): string[] {
  const required = new Set(textsOf(fieldAt(schema, 'required')));
  const properties = Object.entries(mapOf(fieldAt(schema, 'properties'))).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [`${at} ${typeOf(field)}${required.has(name) ? ' required' : ''}`, ...fieldsOf(field, at)];
  });
  const [items, values] = [fieldAt(schema, 'items'), fieldAt(schema, 'additionalProperties')];
  return [
    ...properties,
    ...(isMap(items) ? fieldsOf(items, `${path}[]`) : []),
    ...(isMap(values) ? fieldsOf(values, `${path}{}`) : []),
  ];
}

function typeOf(field: unknown): string {
  const type = String(fieldAt(field, 'type') ?? 'any');
  const items = fieldAt(field, 'items');
  const values = fieldAt(field, 'additionalProperties');
  if (isMap(items)) return `[]${typeOf(items)}`;
  return isMap(values) ? `{}${typeOf(values)}` : type;
}
