import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findingRules } from '../../src/preview/rules/rules.ts';
import { root } from '../lab/lab.ts';
import { readExpectation, rulesOfKind } from './expectation.ts';

test('Every expectation about a real chart can be read', () => {
  const files = globSync('test/real-charts/{open,locked,fresh,second}/*.yaml', { cwd: root });
  for (const file of files) assert.ok(readExpectation(join(root, file)).chart.path);
});

test('Every rule that stands for a kind of hazard exists', () => {
  const known = new Set<string>(findingRules.map(({ meta }) => meta.id));
  for (const rule of Object.values(rulesOfKind).flat()) assert.ok(known.has(rule), rule);
});
