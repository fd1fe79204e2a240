/** Shares in one line, as users and attackers write them: lossless, or refused in one sentence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseShare } from './notation.ts';

describe('A share in one line', () => {
  test('has the options that there are, and not those that every object of JavaScript has', () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      assert.throws(() => parseShare(`app:/a, web:/b; ${key}=x`), {
        code: 'bad-input',
        message: /an option is expected: mode, type/,
      });
    }
  });

  test('is refused without its whole length', () => {
    const long = 'x'.repeat(30_000);
    for (const line of [long, `${long}:`, `app:"${long}`, `app:/a -> web:/b; mode=${long}`, `${long}=app:/a`]) {
      assert.throws(
        () => parseShare(line, 'web'),
        (error: Error) => error.message.length < 1_000,
      );
    }
  });
});
