import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Retries } from './retries.ts';
import { VirtualClock } from './simulated/index.ts';

const refused = new Error('no');

function setUp() {
  const clock = new VirtualClock(0);
  const due: number[] = [];
  return { clock, due, retries: new Retries(clock, () => due.push(clock.now())) };
}

test('waits double with each failure up to the longest, are announced when they end, and start again after a success', async () => {
  const { clock, due, retries } = setUp();
  const waits: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    const begun = clock.now();
    retries.failed('delete x', 'x', refused, 2_000);
    while (!retries.mayTry('delete x')) await clock.advance(50);
    waits.push(clock.now() - begun);
    assert.equal(due.at(-1), clock.now());
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 2_000, 2_000]);
  retries.succeeded('delete x');
  retries.failed('delete x', 'x', refused, 2_000);
  await clock.advance(250);
  assert.ok(retries.mayTry('delete x'));
});

test('what failed keeps the time of its first failure and the words of its last', async () => {
  const { clock, retries } = setUp();
  await clock.advance(5);
  retries.failed('delete x', 'x', new Error('first'));
  await clock.advance(500);
  retries.failed('delete x', 'x', 'last');
  const retry = retries.bySubject().get('x');
  assert.deepEqual([retry?.since, retry?.error, retry?.tries], [5, 'last', 2]);
});

test('one action that fails does not hold up another on the same subject, unless the subject itself is asked about', () => {
  const { retries } = setUp();
  retries.failed('delete x', 'x', refused);
  assert.equal(retries.mayTry('delete pod of x'), true);
  assert.equal(retries.mayTryOn('x'), false);
  assert.equal(retries.mayTryOn('y'), true);
});

test('what is not meant any more is forgotten', () => {
  const { retries } = setUp();
  retries.failed('delete x', 'x', refused);
  retries.failed('delete y', 'y', refused);
  retries.keepOnly((action) => action === 'delete y');
  assert.deepEqual([...retries.bySubject().keys()], ['y']);
});

test('nothing is due after close', async () => {
  const { clock, due, retries } = setUp();
  retries.failed('delete x', 'x', refused);
  retries.close();
  await clock.advance(60_000);
  assert.deepEqual(due, []);
});
