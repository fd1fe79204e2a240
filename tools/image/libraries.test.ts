import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../test/scratch.ts';
import { librariesOf } from './libraries.ts';
import { nodeOfPackage } from './node.ts';

const directory = scratch();

describe('the libraries of a program', () => {
  test('are its own, those that they need in turn, and the loader, each once, and lie beside libc', () => {
    const paths = librariesOf(nodeOfPackage).map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    const [loader = '', ...libraries] = paths;
    assert.match(basename(loader), /^ld-linux/);
    for (const name of ['libstdc++.so.6', 'libgcc_s.so.1', 'libm.so.6', 'libc.so.6']) {
      const isFound = libraries.some((path) => basename(path) === name);
      assert.ok(isFound, name);
    }
    assert.equal(new Set(libraries.map(dirname)).size, 1);
  });

  test('have the content that the loader would load', () => {
    const libm = librariesOf(nodeOfPackage).find(({ path }) => basename(path) === 'libm.so.6') ?? assert.fail('no libm.so.6');
    copyFileSync(libm.path, join(directory, 'libm.so.6'));
    const found = librariesOf(nodeOfPackage, directory).find(({ path }) => path === libm.path);
    assert.deepEqual(found?.content, readFileSync(libm.path));
  });

  test('a missing one is named, with what needs it and what to install', () => {
    const program = join(directory, 'program');
    const linkedAgainst = readFileSync(nodeOfPackage).toString('latin1').replaceAll('libatomic.so.1', 'libmissing.so.');
    writeFileSync(program, linkedAgainst, { encoding: 'latin1', mode: 0o755 });
    assert.throws(() => librariesOf(program), {
      code: 'unsupported',
      message: /libmissing\.so\..*program/,
      advice: /libatomic1/,
    });
  });

  test('of a program that cannot run are unknown', () => {
    const program = join(directory, 'forbidden');
    writeFileSync(program, '', { mode: 0o644 });
    assert.throws(() => librariesOf(program), { code: 'unsupported', message: /forbidden cannot run/ });
  });
});
