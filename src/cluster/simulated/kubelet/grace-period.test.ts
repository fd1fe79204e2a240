import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stored } from '../api/store.ts';
import { afterSigterm, gracePeriodOf } from './grace-period.ts';

const asked = Date.parse('2030-01-01T00:00:00Z');
/** A Pod with 30 s of grace that was deleted at `asked`: its deletionTimestamp includes the grace period. */
const pod = {
  metadata: { deletionTimestamp: '2030-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
} as unknown as Stored;

test('A kubelet that takes notice at once gives the whole grace period', () => {
  assert.deepEqual(gracePeriodOf(pod, asked + 500), { began: asked + 500, deadline: asked + 30_500 });
});

test('A kubelet that comes late counts from the DELETE', () => {
  assert.deepEqual(gracePeriodOf(pod, asked + 10_000), { began: asked, deadline: asked + 30_000 });
});

test('Containers that need less than what is left end by themselves', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(pod, asked), 1_000, asked), { ms: 1_000, killed: false });
});

test('Containers that need more are killed when the grace period is over', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(pod, asked), 60_000, asked + 10_000), { ms: 20_000, killed: true });
});

test('After a preStop hook that used up everything there are still 2 s', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(pod, asked), 60_000, asked + 30_000), { ms: 2_000, killed: true });
});
