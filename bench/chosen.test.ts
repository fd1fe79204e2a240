import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from './chosen.ts';

const all = ['raw', 'operator', 'kubectl'].map((name) => ({ name }));
const names = (given?: string[]) => chosen(all, 'raw', given).map(({ name }) => name);

test('all contenders take part, or those that are named and the base', () => {
  assert.deepEqual(names(), ['raw', 'operator', 'kubectl']);
  assert.deepEqual(names(['kubectl']), ['raw', 'kubectl']);
  assert.throws(() => names(['kapp']), /there is no contender "kapp"; there are: raw, operator, kubectl/);
});
