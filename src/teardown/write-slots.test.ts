import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../cluster/simulated/index.ts';
import { WriteSlots } from './write-slots.ts';

function taken(places: WriteSlots): (() => void)[] {
  const leaves: (() => void)[] = [];
  while (places.areFree) leaves.push(places.take());
  return leaves;
}

test('there are 32 places, and one that is left is free again', () => {
  const places = new WriteSlots(new VirtualClock(0), () => {});
  const leaves = taken(places);
  assert.equal(leaves.length, 32);
  leaves[0]?.();
  assert.equal(places.areFree, true);
});

test('a slow write makes room for others, up to 256 in all, and says so', async () => {
  const clock = new VirtualClock(0);
  let freed = 0;
  const places = new WriteSlots(clock, () => {
    freed++;
  });
  const leaves: (() => void)[] = [];
  for (let second = 0; second < 20; second++) {
    leaves.push(...taken(places));
    await clock.advance(1_000);
  }
  assert.equal(leaves.length, 256);
  assert.equal(freed, 256);
  for (const leave of leaves) leave();
  assert.equal(taken(places).length, 32);
});
