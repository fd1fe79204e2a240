import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wrapComments } from './wrap-comments.ts';

describe('wrapping comments', () => {
  test('opens a comment of one line', () => {
    assert.equal(wrapComments('  /** one two three */\n  code();', 16), '  /**\n   * one two\n   * three\n   */\n  code();');
  });

  test('wraps the paragraphs of a longer one, each by itself', () => {
    assert.equal(wrapComments('/**\n * one two three\n *\n * four\n */', 12), '/**\n * one two\n * three\n *\n * four\n */');
  });

  test('keeps tags on lines of their own', () => {
    const found = wrapComments('/**\n * one two three\n * @param a four\n * @throws five\n */', 18);
    assert.equal(found, '/**\n * one two three\n * @param a four\n * @throws five\n */');
    const seen = wrapComments('/**\n * one two three\n * @param a four\n */', 12);
    assert.equal(seen, '/**\n * one two\n * three\n * @param a\n * four\n */');
  });

  test('joins and wraps comments of single lines', () => {
    assert.equal(wrapComments('  // one two three\n  // four\n  code();', 15), '  // one two\n  // three four\n  code();');
  });

  test('leaves what is short, directives, and comments behind code', () => {
    const text = '/** one */\n// biome-ignore lint/a/b: a long reason\ncode(); // a long remark that stays\n/** one\n two */';
    assert.equal(wrapComments(text, 12), text);
  });
});
