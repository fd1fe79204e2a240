import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { castText, outputOf, parseCast } from './cast.ts';

describe('a cast', () => {
  test('is read as it was written', () => {
    const cast = { columns: 80, rows: 24, command: 'echo', title: 'A title', output: [{ at: 0.5, text: '\u001b[1mé\r\n' }] };
    assert.deepEqual(parseCast(castText(cast)), cast);
  });

  test('of another version is refused', () => {
    assert.throws(() => parseCast('{"version":3}\n'), /no asciicast v2/);
  });
});

test('the log of script is cut where the timing says, also within a character', () => {
  const log = Buffer.from('Script started on 2026-01-01\nab✗c\nScript done');
  assert.deepEqual(outputOf('0.1 2\n0.5 1\n0.25 4\n', log), [
    { at: 0.1, text: 'ab' },
    { at: 0.85, text: '✗c\n' },
  ]);
});
