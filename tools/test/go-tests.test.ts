import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoTestCount, type GoTestEvent } from './go-tests.ts';

function counted(events: GoTestEvent[]) {
  const count = new GoTestCount();
  for (const event of events) count.add(event);
  return count.result();
}

test('tests count, suites and packages do not', () => {
  const run = ['TestOne', 'TestMany', 'TestMany/first_of_them', 'TestMany/second'];
  const events = [
    ...run.map((Test) => ({ Action: 'run', Test })),
    ...run.toReversed().map((Test) => ({ Action: 'pass', Test })),
    { Action: 'pass', Package: 'a' },
  ];
  assert.deepEqual(counted(events), { passed: 3, failures: [] });
});

test('a suite that fails with a test of its own counts once, and says what the test said', () => {
  const events = [
    { Action: 'run', Test: 'TestManyThings' },
    { Action: 'run', Test: 'TestManyThings/first_of_them' },
    { Action: 'output', Test: 'TestManyThings/first_of_them', Output: '=== RUN   TestManyThings/first_of_them\n' },
    { Action: 'output', Test: 'TestManyThings/first_of_them', Output: '    a_test.go:7: wrong\n' },
    { Action: 'fail', Test: 'TestManyThings/first_of_them' },
    { Action: 'fail', Test: 'TestManyThings' },
    { Action: 'fail', Package: 'a' },
  ];
  assert.deepEqual(counted(events), {
    passed: 0,
    failures: [{ name: 'Many Things › first of them', text: '    a_test.go:7: wrong\n' }],
  });
});

test('a skipped test has not passed', () => {
  const { passed, failures } = counted([
    { Action: 'run', Test: 'TestA' },
    { Action: 'skip', Test: 'TestA' },
  ]);
  assert.deepEqual([passed, failures[0]?.text], [0, 'It was skipped\n']);
});
