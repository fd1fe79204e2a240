import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../test/scratch.ts';
import { strip } from './strip.ts';

const directory = scratch();

const shell = readFileSync('/bin/sh');

describe('stripping a program', () => {
  test('takes out what follows the last loaded byte, and the program runs as before', () => {
    const stripped = strip(Buffer.concat([shell, Buffer.from('a symbol table')]));
    assert.ok(stripped.length < shell.length);
    assert.equal(stripped.includes('a symbol table'), false);
    const file = join(directory, 'sh');
    writeFileSync(file, stripped, { mode: 0o755 });
    assert.equal(execFileSync(file, ['-c', 'echo $((6 * 7))'], { encoding: 'utf8' }), '42\n');
  });

  test('leaves what is loaded as it was, byte for byte', () => {
    const stripped = strip(shell);
    const [before, after] = [shell.subarray(0, stripped.length), stripped];
    const changed = [...after.keys()].filter((index) => before[index] !== after[index]);
    const outside = changed.filter((index) => !((index >= 40 && index < 48) || (index >= 60 && index < 64)));
    assert.deepEqual(outside, []);
  });

  test('done twice is the same as once', () => {
    assert.deepEqual(strip(strip(shell)), strip(shell));
  });

  test('a file that is no program is left alone', () => {
    const script = Buffer.from('#!/bin/sh\n');
    assert.equal(strip(script), script);
  });
});
