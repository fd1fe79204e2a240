import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanesOf } from './lanes.ts';

const e2e = { name: 'e2e' } as const;
const charts = { name: 'charts', beside: 'e2e' } as const;
const corpus = { name: 'corpus' } as const;

test('a stage runs beside the one that it names, and after nothing else', () => {
  assert.deepEqual(lanesOf([e2e, charts, corpus], true), [
    { alone: [e2e], beside: [charts] },
    { alone: [corpus], beside: [] },
  ]);
});

test('a stage runs alone where the one that it names does not run, or where there is no room for two clusters', () => {
  assert.deepEqual(lanesOf([charts, corpus], true), [
    { alone: [charts], beside: [] },
    { alone: [corpus], beside: [] },
  ]);
  assert.deepEqual(
    lanesOf([e2e, charts], false).map(({ alone }) => alone),
    [[e2e], [charts]],
  );
});
