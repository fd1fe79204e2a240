import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stored } from '../api/store.ts';
import { outcomeOf, statusOf, tallyOf, untilDeadline, untilReplacement } from './job-state.ts';

const now = Date.parse('2030-01-01T00:10:00Z');
const job = (spec: Record<string, unknown> = {}, status: Record<string, unknown> = {}) =>
  ({ metadata: {}, spec, status }) as unknown as Stored;
const pod = (phase: string, at = '2030-01-01T00:09:50Z') =>
  ({
    metadata: {},
    status: { phase, conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at }] },
  }) as unknown as Stored;

test('A Pod that was deleted before its end counts as failed, on top of what was counted before', () => {
  assert.deepEqual(tallyOf(job({}, { succeeded: 1, failed: 2 }), [pod('Succeeded'), pod('Running')]), {
    succeeded: 2,
    failed: 3,
  });
});

test('A Job that has its completions is complete, even when its deadline is over', () => {
  const late = job({ activeDeadlineSeconds: 1 }, { startTime: '2030-01-01T00:00:00Z' });
  assert.equal(outcomeOf(late, { succeeded: 1, failed: 9 }, now)?.reason, 'CompletionsReached');
});

test('A Job fails with one failure more than its backoffLimit', () => {
  assert.equal(outcomeOf(job({ backoffLimit: 1 }), { succeeded: 0, failed: 1 }, now), undefined);
  assert.equal(outcomeOf(job({ backoffLimit: 1 }), { succeeded: 0, failed: 2 }, now)?.reason, 'BackoffLimitExceeded');
});

test('The deadline counts from the start of the Job, and a Job without a start begins now', () => {
  const started = job({ activeDeadlineSeconds: 60 }, { startTime: '2030-01-01T00:09:30Z' });
  assert.equal(untilDeadline(started, now), 30_000);
  assert.equal(untilDeadline(job({ activeDeadlineSeconds: 60 }), now), 60_000);
  assert.equal(outcomeOf(started, { succeeded: 0, failed: 0 }, now + 30_000)?.reason, 'DeadlineExceeded');
});

test('After each failure the wait for the next Pod doubles', () => {
  assert.equal(untilReplacement([], 0, now), 0);
  assert.equal(untilReplacement([pod('Failed')], 1, now), 0);
  assert.equal(untilReplacement([pod('Failed')], 3, now), 30_000);
});

test('The status of a Job that failed has both conditions, and no count of active Pods', () => {
  const outcome = { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'too many' } as const;
  const status = statusOf(job({}, { active: 1 }), { tally: { succeeded: 0, failed: 2 }, outcome, pods: [], running: [] }, now);
  const types = (status.conditions as { type: string }[]).map(({ type }) => type);
  assert.deepEqual(types, ['FailureTarget', 'Failed']);
  assert.equal('active' in status, false);
  assert.equal(status.failed, 2);
});
