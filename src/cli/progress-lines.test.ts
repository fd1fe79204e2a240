import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import { type BlockerReason, blockedBy } from '../teardown/blocker.ts';
import type { Entry } from './delete/ledger.ts';
import { frame } from './live-view.ts';
import { ProgressLines } from './progress-lines.ts';

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  id: `ConfigMap/ns/${name}` as ObjectId,
  label: `ConfigMap ns/${name}`,
  ...{ state: 'Waiting', foreign: false, inTurn: false, after: [] },
  ...more,
});
const blocked = (text: string, reason: BlockerReason = 'PreStopHookRunning') => blockedBy(reason, 'Pod/ns/a' as ObjectId, text);
const withoutTime = (lines: string[]) => lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));

describe('progress lines', () => {
  test('each change is told once, with what is gone of all', () => {
    const lines = new ProgressLines();
    const before = [entry('a', { state: 'Deleting', inTurn: true, askedAt: 0 }), entry('b')];
    assert.deepEqual(withoutTime(lines.update(before, 0)), ['delete   ConfigMap ns/a']);
    assert.deepEqual(lines.update(before, 10), []);
    const after = [entry('a', { state: 'Gone', inTurn: true, askedAt: 0, goneAt: 1_500 }), entry('b')];
    assert.deepEqual(withoutTime(lines.update(after, 1_500)), ['gone     ConfigMap ns/a after 1.5s (1/2)']);
  });

  test('a wait is told after two seconds, then every ten, whatever its durations', () => {
    const lines = new ProgressLines();
    const waiting = (seconds: number) => [
      entry('a', { state: 'Deleting', inTurn: true, askedAt: 0, blocker: blocked(`Pod ns/a has run ${seconds}s of 1m0s`) }),
    ];
    const told = [...Array(25).keys()].flatMap((second) => {
      const texts = withoutTime(lines.update(waiting(second), second * 1_000));
      return texts.map((text) => `${second}: ${text}`);
    });
    assert.deepEqual(told, [
      '0: delete   ConfigMap ns/a',
      '2: waiting  Pod ns/a has run 2s of 1m0s',
      '12: waiting  Pod ns/a has run 12s of 1m0s',
      '22: waiting  Pod ns/a has run 22s of 1m0s',
    ]);
  });

  test('another reason is another wait, and gets a line of its own', () => {
    const lines = new ProgressLines();
    const waiting = (reason: BlockerReason) => [
      entry('a', { state: 'Deleting', inTurn: true, askedAt: 0, blocker: blocked(`Pod ns/a: ${reason}`, reason) }),
    ];
    lines.update(waiting('PreStopHookRunning'), 0);
    lines.update(waiting('PreStopHookRunning'), 2_000);
    lines.update(waiting('PodCleanup'), 3_000);
    assert.deepEqual(withoutTime(lines.update(waiting('PodCleanup'), 5_000)), ['waiting  Pod ns/a: PodCleanup']);
  });

  test('what is blocked is told at once, and named where its words do not', () => {
    const lines = new ProgressLines();
    const [first] = lines.update([entry('a', { state: 'Blocked', inTurn: true, blocker: blocked('forbidden') })], 0);
    assert.match(first ?? '', /blocked {2}ConfigMap ns\/a: forbidden$/);
  });

  test('many changes at once become one line', () => {
    const lines = new ProgressLines();
    const many = [...Array(50).keys()].map((index) => entry(`x${index}`, { state: 'Gone', inTurn: true, askedAt: 0, goneAt: 0 }));
    assert.deepEqual(withoutTime(lines.update(many, 0)), [
      'gone     50 objects: ConfigMap ns/x0, ConfigMap ns/x1, ConfigMap ns/x2, … (50/50)',
    ]);
  });

  test('only three waits are named, and the rest counted', () => {
    const lines = new ProgressLines();
    const many = [...Array(5).keys()].map((index) => entry(`x${index}`, { inTurn: true, blocker: blocked('x') }));
    lines.update(many, 0);
    assert.equal(withoutTime(lines.update(many, 2_000)).at(-1), 'waiting  and for 2 more');
  });
});

describe('the live view', () => {
  const entries = [...Array(40).keys()].map((index) =>
    entry(
      `x${index}`,
      index < 20
        ? { state: 'Gone', inTurn: true, askedAt: 0, goneAt: index }
        : index === 30
          ? { state: 'Blocked', inTurn: true, blocker: blocked('stuck') }
          : {},
    ),
  );

  test('is never larger than the terminal', () => {
    for (const [columns, rows] of [
      [80, 24],
      [20, 5],
      [200, 100],
    ] as const) {
      const lines = frame(entries, 60_000, 0, { columns, rows });
      assert.ok(lines.length < rows, `${lines.length} lines of ${rows}`);
      for (const line of lines) assert.ok(line.length <= columns, `${line.length} columns of ${columns}`);
    }
  });

  test('shows what moves before what waits, and that before what is gone', () => {
    const lines = frame(entries, 60_000, 0, { columns: 100, rows: 6 });
    assert.match(lines[0] ?? '', /^Deleting 40 objects: 20 gone, 1m0s$/);
    assert.match(lines.join('\n'), /! ConfigMap ns\/x30 +ConfigMap ns\/x30: stuck/);
    assert.match(lines.at(-1) ?? '', /… and 37 more/);
  });
});
