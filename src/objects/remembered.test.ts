import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remembered } from './remembered.ts';

test('a short question is answered once, whatever the answer, and a long one each time', () => {
  const asked: string[] = [];
  const length = remembered((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  const long = 'x'.repeat(100);
  assert.deepEqual(['a', 'a', '', '', long, long].map(length), [1, 1, undefined, undefined, 100, 100]);
  assert.deepEqual(asked, ['a', '', long, long]);
});

test('it does not grow without end', () => {
  const asked = new Map<string, number>();
  const count = remembered((text) => asked.set(text, (asked.get(text) ?? 0) + 1));
  for (let index = 0; index < 10_000; index++) count(String(index));
  count('0');
  assert.equal(asked.get('0'), 2);
});
