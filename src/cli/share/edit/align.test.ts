/** What counts as the same entry decides which text is left alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aligned } from './align.ts';

const pairs = (before: unknown[], after: unknown[]) => aligned(before, after).map((match) => [match.before, match.after]);

describe('Entries of two lists', () => {
  test('are the same by their names, whatever else changed', () => {
    assert.deepEqual(pairs([{ name: 'a' }, { name: 'b' }], [{ name: 'new' }, { name: 'a', image: 'x' }, { name: 'b' }]), [
      [0, 1],
      [1, 2],
    ]);
  });

  test('mounts by their paths too, as a volume may be mounted twice', () => {
    const mount = (mountPath: string, more = {}) => ({ name: 'v', mountPath, ...more });
    assert.deepEqual(pairs([mount('/a'), mount('/b')], [mount('/b', { readOnly: true })]), [[1, 0]]);
  });

  test('objects of a List by kind and name', () => {
    const object = (kind: string, name: string, more = {}) => ({ kind, metadata: { name }, ...more });
    assert.deepEqual(
      pairs([object('Service', 'web'), object('Pod', 'web')], [object('Service', 'web'), object('Pod', 'web', { spec: {} })]),
      [
        [0, 0],
        [1, 1],
      ],
    );
  });

  test('those without a name by their place between others', () => {
    const generated = (image: string) => ({ metadata: { generateName: 'x-' }, image });
    assert.deepEqual(pairs([generated('a'), { name: 'b' }, generated('c')], [generated('A'), { name: 'b' }, generated('C')]), [
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  test('what is ours moves when the order changes, and what the user wrote stays', () => {
    const [first, ours] = [{ name: 'wait' }, { name: 'bookend-seed' }];
    assert.deepEqual(pairs([first, ours], [ours, first]), [[0, 1]]);
    assert.deepEqual(pairs([ours, first], [first, ours]), [[1, 0]]);
  });

  test('are none when nothing is the same', () => {
    assert.deepEqual(pairs(['a', { name: 'a' }], [{ name: 'b' }]), []);
    assert.deepEqual(pairs([], []), []);
  });
});
