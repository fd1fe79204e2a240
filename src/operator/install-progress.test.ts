import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../cluster/simulated/index.ts';
import type { ObjectId } from '../objects/identity.ts';
import { blockedBy } from '../teardown/blocker.ts';
import { InstallProgress } from './install-progress.ts';

const id = (name: string) => `ConfigMap/a/${name}` as ObjectId;
const minute = 60_000;

function setUp() {
  const clock = new VirtualClock(0);
  let stalled = 0;
  const progress = new InstallProgress(clock, () => stalled++);
  const waits = (text: string, ready = 0) => ({
    apply: [],
    ready,
    states: [
      { id: id('a'), state: ready > 0 ? ('Ready' as const) : ('Applying' as const) },
      { id: id('b'), state: 'Settling' as const, blocker: blockedBy('NotReady', id('b'), text) },
    ],
  });
  const complete = { apply: [], ready: 1, states: [{ id: id('a'), state: 'Ready' as const }] };
  return { clock, progress, waits, complete, stalled: () => stalled };
}

test('what says the same again and again is stalled after ten minutes, and told once', async () => {
  const { clock, progress, waits, stalled } = setUp();
  for (let at = 0; at < 12; at++) {
    progress.note(waits(at % 2 === 0 ? 'crashes' : 'starts'));
    assert.equal(progress.isStalled, at > 10, `minute ${at}`);
    await clock.advance(minute);
  }
  assert.equal(stalled(), 1);
});

test('another ready object, or something new, gives it its time again', async () => {
  const { clock, progress, waits } = setUp();
  progress.note(waits('0 of 9'));
  await clock.advance(9 * minute);
  progress.note(waits('1 of 9'));
  await clock.advance(9 * minute);
  assert.equal(progress.isStalled, false);
  progress.note(waits('1 of 9', 1));
  await clock.advance(9 * minute);
  assert.equal(progress.isStalled, false);
  await clock.advance(minute);
  assert.equal(progress.isStalled, true);
});

test('new words alone do so for half an hour at most', async () => {
  const { clock, progress, waits } = setUp();
  for (let at = 0; at < 32; at++) {
    progress.note(waits(`waiting for ${at}m`));
    await clock.advance(minute);
  }
  assert.equal(progress.isStalled, true);
});

test('what is complete never is, and has its whole time when it falls back', async () => {
  const { clock, progress, waits, complete, stalled } = setUp();
  progress.note(complete);
  await clock.advance(60 * minute);
  assert.equal(stalled(), 0);
  progress.note(waits('starts'));
  await clock.advance(9 * minute);
  assert.equal(progress.isStalled, false);
});
