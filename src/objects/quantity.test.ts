import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, quantityOf } from './quantity.ts';

test('A quantity has a decimal suffix, a binary suffix or an exponent', () => {
  const quantities = ['500m', '1.5G', '64Mi', '2e3', '.5', '-3', '1E', '1Ei'];
  assert.deepEqual(quantities.map(quantityOf), [0.5, 1.5e9, 64 * 2 ** 20, 2_000, 0.5, -3, 1e18, 2 ** 60]);
});

test('Anything else is no quantity', () => {
  for (const text of ['', 'one', '1 Gi', '1GiB', '1e3Mi', '1K']) assert.equal(quantityOf(text), undefined, text);
});

test('A size in bytes may be a number, and has no sign', () => {
  assert.deepEqual([1024, '1Ki', '-1Ki', undefined].map(bytesOf), [1024, 1024, undefined, undefined]);
});
