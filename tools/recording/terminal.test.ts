import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Terminal } from './terminal.ts';

function shown(columns: number, rows: number, ...pieces: string[]): string[] {
  const terminal = new Terminal(columns, rows);
  for (const piece of pieces) terminal.write(piece);
  return terminal.screen.map((line) => line.map(({ character }) => character).join(''));
}

describe('the terminal', () => {
  test('shows the last lines', () => assert.deepEqual(shown(10, 2, 'a\r\nb\r\nc'), ['b', 'c']));

  test('wraps what is too long', () => assert.deepEqual(shown(3, 5, 'abcd'), ['abc', 'd']));

  test('overwrites and erases a line, as progress does', () => {
    assert.deepEqual(shown(20, 5, 'at 50 %', '\r\u001b[K', 'done\r\n'), ['done', '']);
    assert.deepEqual(shown(20, 5, 'one\r\ntwo\r\n', '\u001b[2A\u001b[2K', 'ONE', '\r\n'), ['ONE', 'two', '']);
    assert.deepEqual(shown(20, 5, 'one\r\ntwo', '\r\u001b[1A\u001b[J', 'x'), ['x']);
  });

  test('keeps a style until it ends, also if its sequence comes in two pieces', () => {
    const terminal = new Terminal(20, 2);
    terminal.write('\u001b[1;3');
    terminal.write('1ma\u001b[0mb');
    assert.deepEqual(terminal.screen, [
      [
        { character: 'a', style: { bold: true, dim: false, colour: 1 } },
        { character: 'b', style: { bold: false, dim: false, colour: 0 } },
      ],
    ]);
  });

  test('refuses what it does not know', () => {
    for (const text of ['\u001b[5;5H', '\u001b]0;title', '\u001b[45m', '\u0007'])
      assert.throws(() => shown(5, 5, text), /unknown/);
  });
});
