import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oneLine, visible } from './visible-text.ts';

describe('text of others', () => {
  test('is shown as it is where it can be seen', () => {
    const text = 'Pods\tä → 😀\r\nnext “line”\n::';
    assert.equal(visible('Pods\tä → 👩‍🚀\r\nnext “line”\n'), 'Pods\tä → 👩‍🚀\r\nnext “line”\n');
    assert.equal(visible(text).replace(': :', '::'), text);
  });

  test('has no character that a terminal acts on, and loses none', () => {
    const characters = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code));
    const shown = visible(characters.filter((character) => !'\t\n\r'.includes(character)).join(''));
    assert.doesNotMatch(shown, /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
    assert.equal(visible('\u001b[2J\u001b]52;c;aWQ=\u0007\u009b1m\u007f'), '\\u001b[2J\\u001b]52;c;aWQ=\\u0007\\u009b1m\\u007f');
    assert.equal(visible('over\rwritten'), 'over\\u000dwritten');
    assert.equal(visible('\u202egnp.exe\u2066\u061c\u200f'), '\\u202egnp.exe\\u2066\\u061c\\u200f');
  });

  test('inside of JSON still means the same', () => {
    const value = { text: '\u001b[1m\u009b\u007f\u202e\u2028', '\u2066': 1 };
    assert.deepEqual(JSON.parse(visible(JSON.stringify(value))), value);
  });

  test('runs no command in the log of a workflow', () => {
    assert.equal(visible('a\n  ::add-mask::x\n::stop-commands::y'), 'a\n  : :add-mask::x\n: :stop-commands::y');
  });

  test('is one line where it has one', () => {
    assert.equal(oneLine('waiting  \n\n  Error: all is lost\r\nx\u2028y\u0085z\v\f.'), 'waiting Error: all is lost x y z .');
    assert.equal(oneLine('  a  b  '), '  a  b  ');
    assert.equal(oneLine('  a\n\n'), '  a');
  });

  test('takes time that grows with its length only', () => {
    const started = performance.now();
    for (const piece of [' ', '\n', ' \n', '\r', '\t:', '\u001b', ':']) visible(oneLine(`${piece.repeat(500_000)}x`));
    assert.ok(performance.now() - started < 10_000);
  });
});
