import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exitCodeOf, type FinishedStage, summaryOf } from './summary.ts';

const stage = (failed: number, text = 'why'): FinishedStage => ({
  name: 'unit',
  passed: 3,
  failures: Array.from({ length: failed }, (_, index) => ({ name: `test ${index}`, text })),
  ms: 1_000,
  log: '.cache/test/unit.log',
});

describe('the summary of a test run', () => {
  test('ends with the line that programs read', () => {
    assert.equal(summaryOf([stage(0), stage(2)]).at(-1), '6 passed, 2 failed');
    assert.equal(exitCodeOf([stage(0)]), 0);
    assert.equal(exitCodeOf([stage(0), stage(1)]), 1);
    assert.equal(exitCodeOf([]), 1, 'nothing that ran proves nothing');
  });

  test('names every failure and tells the first at length, so that a reason for all of them stays on the screen', () => {
    const lines = summaryOf([stage(90, `the reason\n${'a line of the stack\n'.repeat(30)}`)]);
    assert.equal(lines.filter((line) => line.startsWith('✗ unit: test ')).length, 90);
    assert.equal(lines.filter((line) => line.includes('the reason')).length, 8);
    assert.ok(lines.length < 300);
    assert.match(lines.join('\n'), /… and 16 more lines/);
  });
});
