import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { backoff, retryAfter } from './backoff.ts';

describe('waits', () => {
  test('double with every failure up to the most', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((failures) => backoff(failures, 0.999_999));
    assert.deepEqual(waits, [100, 200, 400, 800, 1600, 2000, 2000]);
    assert.equal(backoff(5_000, 0.999_999), 2000);
  });

  test('are shortened by chance, down to half', () => {
    assert.equal(backoff(3, 0), 200);
    assert.equal(backoff(3, 0.5), 300);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  test('is understood as seconds and as a date', () => {
    assert.equal(retryAfter('7', now), 7_000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 12:00:09 GMT', now), 9_000);
    assert.equal(retryAfter('Sun, 22 Nov 2026 11:00:00 GMT', now), 0);
  });

  test('is nothing when it is absent or senseless', () => {
    assert.equal(retryAfter(undefined, now), undefined);
    assert.equal(retryAfter('soon', now), undefined);
  });
});
