import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubectlLine } from './kubectl-line.ts';
import { marksOf } from './kubectl-marks.ts';

const line = (text: string) => {
  const { types, names, marks } = kubectlLine(text.split(' ')) ?? {};
  return { types, names, marks };
};

describe('what kubectl label and annotate change', () => {
  test('stands behind the names', () => {
    assert.deepEqual(line('label nodes/worker example.com/ready- a=b/c'), {
      types: ['nodes'],
      names: ['worker'],
      marks: ['example.com/ready-', 'a=b/c'],
    });
    assert.deepEqual(line('annotate pod a b x=1 -n shop'), { types: ['pod'], names: ['a', 'b'], marks: ['x=1'] });
    assert.equal(line('delete pod a-').marks, undefined);
  });

  test('is set or removed by a valid key', () => {
    const marks = marksOf(['example.com/ready-', 'a=b=c', 'empty=']);
    assert.ok(typeof marks === 'object');
    assert.deepEqual(
      [[...marks.set], [...marks.removed]],
      [
        [
          ['a', 'b=c'],
          ['empty', ''],
        ],
        ['example.com/ready'],
      ],
    );
    assert.equal(marksOf(['a=1', 'a-']), 'a is set and removed in the same command');
    for (const key of ['a/b/c', '/b', 'Upper.case/b', '-a', 'a b', `${'a'.repeat(64)}`])
      assert.match(String(marksOf([`${key}-`])), /is no key of a label or annotation/, key);
  });
});
