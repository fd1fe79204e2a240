import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bad, clean, withoutBookend } from '../../preview/report/testing/previews.ts';
import { previewJsonSchema, previewSchema } from './schema.ts';

describe('the schema of the JSON document', () => {
  test('takes previews, and nothing that a preview does not have', () => {
    for (const preview of [bad, withoutBookend(bad), clean])
      assert.deepEqual(previewSchema.parse(JSON.parse(JSON.stringify(preview))), preview);
    assert.equal(previewSchema.safeParse({ ...clean, other: 1 }).success, false);
    const { findings: _, ...without } = clean;
    assert.equal(previewSchema.safeParse(without).success, false);
  });

  test('is a JSON Schema that names what programs rely on', () => {
    const schema = previewJsonSchema() as { $schema: string; required: string[]; properties: Record<string, unknown> };
    assert.match(schema.$schema, /2020-12/);
    for (const field of ['findings', 'timeline', 'left']) {
      assert.ok(schema.required.includes(field));
      assert.ok(field in schema.properties);
    }
    assert.ok(!schema.required.includes('bookend'));
  });
});
