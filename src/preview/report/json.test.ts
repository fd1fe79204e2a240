import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonReport } from './json.ts';
import { bad } from './testing/previews.ts';

test('the JSON report is the preview itself, findings, timeline and what is left included', () => {
  const text = jsonReport(bad);
  assert.deepEqual(JSON.parse(text), bad);
  assert.ok(text.endsWith('}\n'));
});
