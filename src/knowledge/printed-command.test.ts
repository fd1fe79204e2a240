import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { shellCommand } from '../objects/shell-quote.ts';
import { printedWords } from './printed-command.ts';

describe('a printed command', () => {
  test('is read back as the words that were meant, whatever names contain', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.endsWith('\n') && text.isWellFormed()),
          {
            maxLength: 4,
          },
        ),
        (words) => {
          assert.deepEqual(printedWords(shellCommand('kubectl', ...words)), ['kubectl', ...words]);
        },
      ),
    );
  });

  for (const hostile of ['$(touch /tmp/x)', "it's `here`", '"; rm -rf / #', 'a\nb', '--all', "'", '\\', '*', '~', '{a,b}'])
    test(`has ${JSON.stringify(hostile)} as one word`, () =>
      assert.deepEqual(printedWords(shellCommand('kubectl', 'delete', `clusterrole/${hostile}`)), [
        'kubectl',
        'delete',
        `clusterrole/${hostile}`,
      ]));

  for (const other of ['a; b', 'a | b', 'a > b', 'a $(b)', 'a $B', 'A=1 b', 'a && b', 'a *', 'a "$(printf %s b)"'])
    test(`is nothing else than one plain command: ${other}`, () => assert.equal(printedWords(other), undefined));
});
