import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Dispatcher } from './dispatch.ts';
import { Retries } from './retries.ts';
import { VirtualClock } from './simulated/index.ts';

/** @param run what an action does, in ms: how long it takes */
function setUp(run: (action: string, clock: VirtualClock) => Promise<number>) {
  const clock = new VirtualClock(0);
  const retries = new Retries(clock, () => {});
  let changes = 0;
  let most = 0;
  let now = 0;
  const runs: string[] = [];
  const dispatcher = new Dispatcher<string>({
    clock,
    retries,
    keyOf: (action) => action,
    subjectOf: (action) => action.split(' ')[0] ?? '',
    async run(action) {
      runs.push(action);
      most = Math.max(most, ++now);
      return run(action, clock).finally(() => now--);
    },
    onChange: () => changes++,
  });
  return { clock, dispatcher, retries, runs, changes: () => changes, most: () => most };
}

const takes = (ms: number) => async (_: string, clock: VirtualClock) => {
  await new Promise<void>((resolve) => clock.after(ms, resolve));
  return 0;
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('carrying writes out', () => {
  test('never more than 32 at once, and all in the end', async () => {
    const { clock, dispatcher, runs, changes, most } = setUp(takes(10));
    dispatcher.submit(numbers(100));
    await clock.advance(1_000);
    assert.deepEqual([most(), runs.length, changes()], [32, 100, 100]);
  });

  test('a slow write makes room for others, up to 256 in all', async () => {
    const { clock, dispatcher, runs, most } = setUp(takes(60_000));
    dispatcher.submit(numbers(1_000));
    await clock.advance(2_500);
    assert.equal(runs.length, 96);
    await clock.advance(20_000);
    assert.equal(most(), 256);
    await clock.advance(60_000);
    assert.ok(most() <= 256 && runs.length > 256);
  });

  test('an action that is under way is not begun again, and its subject is busy', async () => {
    const { clock, dispatcher, runs } = setUp(takes(10));
    dispatcher.submit(['a delete']);
    dispatcher.submit(['a delete']);
    await clock.advance(5);
    assert.deepEqual([dispatcher.isBusy('a'), dispatcher.isBusy('b')], [true, false]);
    dispatcher.submit(['a delete']);
    await clock.advance(50);
    assert.deepEqual([runs, dispatcher.isBusy('a')], [['a delete'], false]);
  });

  test('what was accepted is not sent again before the watch can show it', async () => {
    const { clock, dispatcher, runs } = setUp(async () => 5_000);
    for (let second = 0; second < 8; second++) {
      dispatcher.submit(['a']);
      await clock.advance(1_000);
    }
    assert.equal(runs.length, 2);
  });

  test('what failed waits longer each time, and is known until it succeeds', async () => {
    const times: number[] = [];
    let failures = 3;
    const { clock, dispatcher, retries } = setUp(async () => {
      times.push(clock.now());
      if (failures-- > 0) throw new Error('no');
      return 0;
    });
    for (let at = 0; at < 5_000 && times.length < 4; at += 10) {
      dispatcher.submit(['a']);
      await clock.advance(10);
      if (times.length === 3) assert.equal(retries.bySubject().get('a')?.tries, 3);
    }
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const rounded = waits.map((wait) => Math.round(wait / 250));
    assert.deepEqual(rounded, [1, 2, 4]);
    assert.equal(retries.bySubject().get('a'), undefined);
  });

  test('nothing begins after close', async () => {
    const { clock, dispatcher, runs } = setUp(takes(10));
    dispatcher.submit(numbers(50));
    dispatcher.close();
    await clock.advance(100);
    assert.equal(runs.length, 32);
  });
});
