import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filmOf } from './film.ts';

const cast = (output: { at: number; text: string }[]) => ({ columns: 20, rows: 5, command: 'demo', title: '', output });

describe('a film', () => {
  test('begins with the command, and has a frame for each change', () => {
    const { frames } = filmOf(
      cast([
        { at: 0.5, text: 'a\r\n' },
        { at: 1, text: 'b' },
      ]),
    );
    assert.deepEqual(
      frames.map(({ from, lines }) => [from, lines.map((line) => line.map(({ character }) => character).join('')).join('|')]),
      [
        [0, '$ demo|'],
        [0.5, '$ demo|a|'],
        [1, '$ demo|a|b'],
      ],
    );
  });

  test('shows at once what redraws a line, and shortens long pauses', () => {
    const { frames, length } = filmOf(
      cast([
        { at: 60, text: 'a' },
        { at: 60.01, text: 'b' },
        { at: 61, text: 'c' },
      ]),
    );
    assert.equal(frames.length, 3);
    assert.ok(length < 3, String(length));
  });

  test('shows line after line of what a program prints at once', () => {
    const { frames } = filmOf(cast([{ at: 1, text: 'a\r\nb\r\nc' }]));
    assert.deepEqual(
      frames.map(({ from }) => Number(from.toFixed(2))),
      [0, 1, 1.1, 1.2],
    );
  });
});
