import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isCode } from '../src/errors.ts';
import { emptyDirectory } from './empty-directory.ts';
import { scratch } from './test/scratch.ts';

describe('the directory of --out', () => {
  const directory = scratch();

  test('is created with its parents', () => {
    const out = emptyDirectory(join(directory, 'a', 'b'));
    assert.ok(existsSync(out));
  });

  test('must be named, and empty', () => {
    writeFileSync(join(directory, 'a', 'old'), '');
    const isBadInput = (error: unknown) => isCode(error, 'bad-input');
    assert.throws(() => emptyDirectory(undefined), isBadInput);
    assert.throws(() => emptyDirectory(join(directory, 'a')), isBadInput);
  });
});
