import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestCount, type TestEvent } from './test-count.ts';

const event = (name: string, more: Partial<TestEvent> = {}): TestEvent => ({
  ...{ name, nesting: 0, file: '/root/a.test.ts', line: 3, details: { type: 'test', duration_ms: 1 } },
  ...more,
});
const failed = (failureType: string) => ({
  details: {
    type: 'test',
    duration_ms: 1,
    error: Object.assign(new Error('wrapper', { cause: new Error('why') }), { failureType }),
  },
});

test('suites are no tests, and a test that fails through one inside of it is not counted again', () => {
  const count = new TestCount('/root', false);
  count.add('test:pass', event('a'));
  count.add('test:pass', event('suite', { details: { type: 'suite', duration_ms: 1 } }));
  count.add('test:fail', event('inner', failed('testCodeFailure')));
  count.add('test:fail', event('outer', failed('subtestsFailed')));
  const { passed, failures } = count.result();
  assert.equal(passed, 1);
  const places = failures.map(({ name, place }) => [name, place]);
  assert.deepEqual(places, [['inner', 'a.test.ts:3']]);
  assert.match(failures[0]?.text ?? '', /^Error: why\n/);
});

test('what was skipped or is to be done has failed', () => {
  const count = new TestCount('/root', false);
  count.add('test:pass', event('one', { skip: 'no cluster' }));
  count.add('test:pass', event('two', { skip: true }));
  count.add('test:pass', event('three', { todo: true }));
  const { passed, failures } = count.result();
  assert.equal(passed, 0);
  const texts = failures.map(({ text }) => text);
  assert.deepEqual(texts, ['It was skipped: no cluster', 'It was skipped', 'It is still to be done (todo)']);
});

test('a file that crashes, or that has no tests, has failed', () => {
  const file = '/root/a.test.ts';
  const count = new TestCount('/root', false);
  count.said(file, 'SyntaxError: what');
  count.add('test:fail', event(file, { details: { duration_ms: 1, error: new Error('test failed') } }));
  count.add('test:pass', event(file));
  assert.deepEqual(
    count.result().failures.map(({ name, text }) => [name, text]),
    [
      ['a.test.ts', 'The file failed outside of its tests\nSyntaxError: what'],
      ['a.test.ts', 'The file has no tests'],
    ],
  );
  const filtered = new TestCount('/root', true);
  filtered.add('test:pass', event(file));
  assert.deepEqual(filtered.result(), { passed: 0, failures: [] });
});

test('a file without tests that shares its process with others has failed', () => {
  const files = ['/root/a.test.ts', '/root/b.test.ts'];
  const count = new TestCount('/root', false);
  count.add('test:pass', event('one'));
  count.expect(files);
  const shown = count.result().failures.map(({ name, text }) => [name, text]);
  assert.deepEqual(shown, [['b.test.ts', 'The file has no tests']]);
  const filtered = new TestCount('/root', true);
  filtered.expect(files);
  assert.deepEqual(filtered.result(), { passed: 0, failures: [] });
});
