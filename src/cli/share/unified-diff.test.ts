/** The diff is what `patch` needs to make the one text of the other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inOrder, type Splice, spliced } from './edit/splice.ts';
import { unifiedDiff } from './unified-diff.ts';

describe('A unified diff', () => {
  test('shows three lines around each change, and what is far apart in hunks of its own', () => {
    const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('');
    const splices = [
      { start: text.indexOf('line 5\n'), end: text.indexOf('line 5\n'), text: 'new\n' },
      { start: text.indexOf('line 18'), end: text.indexOf('line 20'), text: '' },
    ];
    assert.equal(
      unifiedDiff('a.yaml', text, splices).join(''),
      `--- a.yaml\n+++ a.yaml\n@@ -2,6 +2,7 @@\n line 2\n line 3\n line 4\n+new\n line 5\n line 6\n line 7\n@@ -15,6 +16,4 @@\n line 15\n line 16\n line 17\n-line 18\n-line 19\n line 20\n`,
    );
  });

  test('says where there is no end of line at the end', () => {
    assert.equal(
      unifiedDiff('a', 'one\ntwo', [{ start: 7, end: 7, text: '\nthree' }]).join(''),
      '--- a\n+++ a\n@@ -1,2 +1,3 @@\n one\n-two\n\\ No newline at end of file\n+two\n+three\n\\ No newline at end of file\n',
    );
  });

  test('is nothing when nothing changes', () => {
    assert.deepEqual(unifiedDiff('a', 'one\n', []), []);
    assert.deepEqual(unifiedDiff('a', 'one\n', [{ start: 0, end: 3, text: 'one' }]), []);
  });

  test('gives the other text, whatever changes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\n'), maxLength: 60 });
    const cuts = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.string({ unit: fc.constantFrom('x', '\n'), maxLength: 4 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, cuts, (before, pieces) => {
        const splices = withoutOverlap(
          pieces.map(
            ([a, b, piece]): Splice => ({
              start: Math.min(a, b, before.length),
              end: Math.min(Math.max(a, b), before.length),
              text: piece,
            }),
          ),
        );
        assert.equal(patched(before, unifiedDiff('x', before, splices)), spliced(before, splices));
      }),
      { numRuns: 1_000 },
    );
  });
});

function withoutOverlap(splices: readonly Splice[]): Splice[] {
  let end = 0;
  return inOrder(splices).filter((splice) => {
    if (splice.start < end) return false;
    end = splice.end;
    return true;
  });
}

/** As `patch` does it, which checks what it takes away. */
function patched(text: string, diff: readonly string[]): string {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  diff.slice(2).forEach((line, index, all) => {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n$/.exec(line);
    if (head) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1);
      result.push(...lines.slice(at, start));
      at = start;
      assert.equal(result.length + (head[4] === '0' ? 0 : 1), Number(head[3]), 'the hunk begins where it says');
      return;
    }
    if (line.startsWith('\\')) return;
    const content = all[index + 1]?.startsWith('\\') ? line.slice(1, -1) : line.slice(1);
    if (line[0] !== '+') assert.equal(lines[at++], content);
    if (line[0] !== '-') result.push(content);
  });
  return [...result, ...lines.slice(at)].join('');
}
