import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from './lines.ts';

describe('lines', () => {
  test('come out as they went in, however the bytes were cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', ' '));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 7 })), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
        const expected = lines.filter((each) => each !== '');
        assert.deepEqual(split(pieces(bytes, cuts)), expected);
      }),
    );
  });

  test('a line without its end is not handed over', () => {
    assert.deepEqual(split([Buffer.from('whole\nhalf')]), ['whole']);
  });

  test('a line that does not end is refused before it takes all memory', () => {
    const chunk = Buffer.alloc(2 ** 20, 'x');
    const endless = Array.from({ length: 65 }, () => chunk);
    assert.throws(() => split(endless), { code: 'unreachable', message: /a line of more than 67108864 bytes/ });
    const ended = [...endless.slice(2), Buffer.from('\n')];
    assert.equal(split([...ended, ...ended]).length, 2);
  });

  test('a large line in many pieces takes time in proportion to its size', () => {
    const chunk = Buffer.alloc(16_384, 'x');
    const time = (count: number) => {
      const started = performance.now();
      const [line] = split([...Array.from({ length: count }, () => chunk), Buffer.from('\n')]);
      assert.equal(line?.length, count * chunk.length);
      return performance.now() - started;
    };
    time(64);
    // 64 MB; looking at every byte again with every piece would take minutes.
    assert.ok(time(4_095) < 2_000);
  });
});

function split(chunks: Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter();
  for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(line));
  return lines;
}

/** Cuts into pieces of these lengths (and 1), again and again. */
function pieces(bytes: Buffer, lengths: number[]): Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = start + Math.max(1, lengths[turn % Math.max(1, lengths.length)] ?? 1);
    found.push(bytes.subarray(start, end));
    start = end;
  }
  return found;
}
