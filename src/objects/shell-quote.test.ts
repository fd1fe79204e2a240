import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { shellCommand, shellWord } from './shell-quote.ts';

/** What each shell here makes of a command's words. */
function wordsIn(shell: string, command: string): string[] {
  const { stdout, status } = spawnSync(shell, ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  assert.equal(status, 0);
  return stdout.split('\0').slice(0, -1);
}

const shells = ['/bin/sh', '/bin/bash', '/bin/dash', '/bin/zsh'].filter((shell) => existsSync(shell));
const hostile = [
  ...[
    '',
    ' ',
    'a b',
    "it's",
    `'"'"'`,
    '$(touch /tmp/owned)',
    '`id`',
    '$HOME',
    `$\{IFS}`,
    '!!',
    '\\',
    'a\\',
    '*',
    '~',
    '~root',
    '#x',
    '-n',
  ],
  ...[
    'a;b',
    'a&&b',
    'a|b',
    '>x',
    '{a,b}',
    '[ab]',
    'a=b',
    '"',
    'ä→😀',
    '%s%n',
    '\u001b]52;c;aWQ=\u0007',
    'a\nb',
    '\n',
    '\r\nx',
    '\t',
    '\u007f',
  ],
  ...['\u202egnp.exe', '\u2066x\u2069', '\u0085', '\u2028x', "'\n$(id)\n'", '\\012', '%\n%'],
];

describe('a word for the shell', () => {
  test('is left as it is where nothing in it means anything', () => {
    assert.equal(
      shellCommand('kubectl', 'delete', 'widgets.example.com/one', '-n', 'shop'),
      'kubectl delete widgets.example.com/one -n shop',
    );
    assert.equal(shellWord(`{"a":"it's"}`), `'{"a":"it'\\''s"}'`);
    assert.equal(shellWord('a\nb$'), `"$(printf 'a\\012b\\044')"`);
  });

  for (const shell of shells) {
    test(`is read back as it was by ${shell}`, () => {
      const lossless = hostile.filter((text) => !text.endsWith('\n'));
      assert.deepEqual(wordsIn(shell, shellCommand(...lossless)), lossless);
      for (const text of hostile) assert.deepEqual(wordsIn(shell, shellWord(text)), [text.replace(/\n+$/, '')]);
    });
  }

  test('shows all that is in it: nothing that is printed is invisible', () => {
    for (const text of hostile) assert.doesNotMatch(shellWord(text), /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
  });

  test('is read back whatever it is', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 20 })
      .filter((each) => !each.includes('\0') && !each.endsWith('\n') && each.isWellFormed());
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (words) => {
        assert.deepEqual(wordsIn('/bin/sh', shellCommand(...words)), words);
      }),
      { numRuns: 2 },
    );
  });
});
