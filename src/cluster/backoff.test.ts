import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backoff, jittered } from './backoff.ts';

describe('waits', () => {
  const limits = { firstMs: 100, mostMs: 2_000 };

  test('double with every failure up to the most', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map((failures) => backoff(failures, limits));
    assert.deepEqual(delays, [100, 200, 400, 800, 1600, 2000, 2000]);
    assert.equal(backoff(5_000, limits), 2000);
  });

  test('are shortened by chance, down to half', () => {
    assert.equal(jittered(400, 0), 200);
    assert.equal(jittered(400, 0.5), 300);
    assert.equal(jittered(400, 0.999_999), 400);
  });
});
