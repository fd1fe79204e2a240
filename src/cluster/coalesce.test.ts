import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from './clock.ts';
import { coalesce } from './coalesce.ts';

/** A clock on which nothing happens by itself: what was asked for last is run by hand. */
function handClock() {
  const asked: { ms: number; run: () => void; cancelled: boolean }[] = [];
  const state = { now: 0 };
  const clock: Clock = {
    now: () => state.now,
    after: (ms, run) => {
      const entry = { ms, run, cancelled: false };
      asked.push(entry);
      return () => {
        entry.cancelled = true;
      };
    },
  };
  return { clock, asked, state };
}

test('many events are one run', () => {
  const { clock, asked } = handClock();
  let runs = 0;
  const step = coalesce(clock, 10, () => runs++);
  for (let event = 0; event < 5; event++) step.soon();
  const waits = asked.map(({ ms }) => ms);
  assert.deepEqual(waits, [10]);
  asked[0]?.run();
  assert.equal(runs, 1);
});

test('after a run that took long more events are gathered, unless every run is wanted at once', () => {
  for (const [waitMs, next] of [
    [10, 120],
    [0, 0],
  ] as const) {
    const { clock, asked, state } = handClock();
    const step = coalesce(clock, waitMs, () => {
      state.now += 40;
    });
    step.soon();
    asked[0]?.run();
    step.soon();
    assert.equal(asked[1]?.ms, next);
  }
});

test('nothing runs after the end', () => {
  const { clock, asked } = handClock();
  const step = coalesce(clock, 10, () => assert.fail('it ran'));
  step.soon();
  step.close();
  step.soon();
  const cancellations = asked.map(({ cancelled }) => cancelled);
  assert.deepEqual(cancellations, [true]);
});

test('a run that is wanted sooner than before comes sooner', () => {
  const { clock, asked, state } = handClock();
  let waitMs = 100;
  const step = coalesce(
    clock,
    () => waitMs,
    () => undefined,
  );
  step.soon();
  state.now = 20;
  step.soon();
  waitMs = 10;
  step.soon();
  step.soon();
  assert.deepEqual(
    asked.map(({ ms, cancelled }) => [ms, cancelled]),
    [
      [100, true],
      [10, false],
    ],
  );
});
