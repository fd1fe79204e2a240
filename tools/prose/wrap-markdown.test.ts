import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrapMarkdown } from './wrap-markdown.ts';

describe('wrapping Markdown', () => {
  test('breaks a paragraph between words', () => {
    assert.equal(wrapMarkdown('one two three four\n', 10), 'one two\nthree four\n');
  });

  test('joins the lines of a paragraph in which one is too long', () => {
    assert.equal(wrapMarkdown('one two three\nfour five', 10), 'one two\nthree four\nfive');
  });

  test('leaves a paragraph whose lines are short', () => {
    const text = 'one\ntwo\n\nthree';
    assert.equal(wrapMarkdown(text, 10), text);
  });

  test('indents the further lines of a list item, and wraps each item by itself', () => {
    const found = wrapMarkdown('- one two three\n- four\n  1. five six seven', 10);
    assert.equal(found, '- one two\n  three\n- four\n  1. five\n     six\n     seven');
  });

  test('leaves code, tables, headings and HTML', () => {
    const text = '```sh\na very long command line\n```\n\n| a very long | table |\n# A very long heading\n<a very long comment>';
    assert.equal(wrapMarkdown(text, 10), text);
  });

  test('keeps code spans and links whole', () => {
    assert.equal(wrapMarkdown('see `a b c d` and [the page](to.md).', 12), 'see\n`a b c d`\nand\n[the page](to.md).');
  });

  test('never begins a line with a word that Markdown reads as a list or heading', () => {
    assert.equal(wrapMarkdown('one two - three 4. five', 8), 'one\ntwo -\nthree 4.\nfive');
  });

  test('changes nothing when it is repeated', () => {
    const once = wrapMarkdown('- one two three four `five six` seven\n\neight nine ten eleven twelve', 12);
    assert.equal(wrapMarkdown(once, 12), once);
  });
});
