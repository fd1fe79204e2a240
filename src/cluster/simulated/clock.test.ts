import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sleep } from '../clock.ts';
import { VirtualClock } from './clock.ts';
import { makeRandom } from './random.ts';

describe('the virtual clock', () => {
  test('stands still until it is told to go on', async () => {
    const clock = new VirtualClock(1_000);
    let rang = false;
    clock.after(10, () => {
      rang = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(clock.now(), 1_000);
    assert.equal(rang, false);
    await clock.advance(10);
    assert.equal(clock.now(), 1_010);
    assert.equal(rang, true);
  });

  test('runs timers in the order of their times, whatever the order they were set in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1_000), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock(0);
        const seen: number[] = [];
        for (const delay of delays) clock.after(delay, () => seen.push(clock.now()));
        await clock.advance(1_000);
        const expected = [...delays].sort((one, other) => one - other);
        assert.deepEqual(seen, expected);
      }),
      { numRuns: 50 },
    );
  });

  test('runs timers of the same time in the order they were set', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    for (let index = 0; index < 20; index++) clock.after(5, () => seen.push(index));
    await clock.advance(5);
    const expected = Array.from({ length: 20 }, (_, index) => index);
    assert.deepEqual(seen, expected);
  });

  test('with a seed runs them in an order drawn from it, the same each time', async () => {
    const order = async (seed: number) => {
      const clock = new VirtualClock(0, makeRandom(seed));
      const seen: number[] = [];
      for (let index = 0; index < 20; index++) clock.after(5, () => seen.push(index));
      await clock.advance(5);
      return seen.join();
    };
    assert.equal(await order(1), await order(1));
    assert.notEqual(await order(1), await order(2));
  });

  test('lets everything asynchronous that a timer set off finish before the next timer', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.after(1, async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      seen.push('first');
    });
    clock.after(2, () => seen.push('second'));
    await clock.advance(5);
    assert.deepEqual(seen, ['first', 'second']);
  });

  test('a cancelled timer does not ring', async () => {
    const clock = new VirtualClock(0);
    const cancel = clock.after(1, () => assert.fail());
    cancel();
    assert.equal(await clock.next(), false);
  });

  test('next runs one timer and says when there is none', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    clock.after(30, () => seen.push(30));
    clock.after(10, () => seen.push(10));
    assert.equal(await clock.next(), true);
    assert.deepEqual([seen, clock.now()], [[10], 10]);
    await clock.next();
    assert.equal(await clock.next(), false);
    assert.equal(clock.now(), 30);
  });

  test('runUntil stops at the moment at which the condition holds, or after the time it was given', async () => {
    const clock = new VirtualClock(0);
    let done = false;
    void sleep(clock, 100).then(() => {
      done = true;
    });
    assert.equal(await clock.runUntil(() => done, 1_000), true);
    assert.equal(clock.now(), 100);
    assert.equal(await clock.runUntil(async () => false, 1_000), false);
    assert.equal(clock.now(), 1_100);
  });

  test('an error in a timer comes out where time was moved', async () => {
    const clock = new VirtualClock(0);
    clock.after(1, () => {
      throw new Error('broken');
    });
    await assert.rejects(clock.advance(5), /broken/);
  });
});
