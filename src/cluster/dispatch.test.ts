import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Dispatcher } from './dispatch.ts';
import { VirtualClock } from './simulated/clock.ts';

function setUp(width: number, run: (action: string) => Promise<void>) {
  const clock = new VirtualClock(0);
  let changes = 0;
  const dispatcher = new Dispatcher<string>({
    clock,
    width,
    keyOf: (action) => action,
    subjectOf: (action) => action,
    run,
    onChange: () => changes++,
  });
  return { clock, dispatcher, changes: () => changes };
}

describe('carrying actions out', () => {
  test('never more at once than the width, and all in the end', async () => {
    let now = 0;
    let most = 0;
    const { clock, dispatcher } = setUp(3, async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      now--;
    });
    dispatcher.submit(Array.from({ length: 10 }, (_, index) => String(index)));
    await clock.advance(1_000);
    assert.equal(most, 3);
    assert.ok(dispatcher.idle);
  });

  test('an action that is under way is not begun again', async () => {
    let runs = 0;
    const { clock, dispatcher } = setUp(3, async () => {
      runs++;
      await new Promise<void>((resolve) => clock.after(10, resolve));
    });
    dispatcher.submit(['a']);
    dispatcher.submit(['a']);
    await clock.advance(5);
    dispatcher.submit(['a']);
    await clock.advance(50);
    assert.equal(runs, 1);
  });

  test('what failed waits longer each time, and its refusal is known until it succeeds', async () => {
    const times: number[] = [];
    let failures = 3;
    const { clock, dispatcher } = setUp(1, async () => {
      times.push(clock.now());
      if (failures-- > 0) throw new Error('no');
    });
    for (let at = 0; at < 5_000; at += 10) {
      dispatcher.submit(['a']);
      await clock.advance(10);
      if (times.length === 3) assert.equal(dispatcher.refusal('a')?.tries, 3);
      if (times.length === 4) break;
    }
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.deepEqual(
      waits.map((wait) => Math.round(wait / 250)),
      [1, 2, 4],
    );
    assert.equal(dispatcher.refusal('a'), undefined);
  });

  test('nothing begins after close', async () => {
    let runs = 0;
    const { clock, dispatcher } = setUp(1, async () => {
      runs++;
      await new Promise<void>((resolve) => clock.after(10, resolve));
    });
    dispatcher.submit(['a', 'b']);
    dispatcher.close();
    await clock.advance(100);
    assert.equal(runs, 1);
  });
});
