import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { axisOf } from './axis.ts';

describe('a time axis', () => {
  test('is even, with round ticks, while nothing takes much longer than the rest', () => {
    const { position, ticks, breakBetween } = axisOf([0, 2_000, 5_000], 10_000);
    assert.deepEqual([position(0), position(5_000), position(10_000)], [0, 0.5, 1]);
    assert.deepEqual(ticks, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
    assert.equal(breakBetween, undefined);
  });

  test('gives a long wait in which nothing happens a third, and says where', () => {
    const { position, ticks, breakBetween } = axisOf([0, 1_000, 3_000], 300_000);
    assert.deepEqual(breakBetween, [3_000, 300_000]);
    assert.ok(Math.abs(position(3_000) - 2 / 3) < 0.001);
    assert.equal(position(300_000), 1);
    assert.ok(ticks.includes(3_000) && ticks.includes(300_000));
  });

  test('keeps the order of times on both sides of a break', () => {
    const times = [0, 500, 1_000, 200_000, 200_500, 201_000];
    const { position } = axisOf(times, 201_000);
    const positions = times.map(position);
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
    );
    assert.equal(new Set(positions).size, times.length);
    assert.ok(positions.every((at) => at >= 0 && at <= 1));
  });

  test('has a length when nothing takes any time', () => {
    const { position } = axisOf([0], 0);
    assert.equal(position(0), 0);
  });
});
