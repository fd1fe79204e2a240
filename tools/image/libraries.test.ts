import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inMemory } from './bytes.ts';
import { readElf } from './elf.ts';
import { type FakeElf, fakeElf } from './elf-fixture.ts';
import { librariesOf } from './libraries.ts';

const directory = mkdtempSync(join(tmpdir(), 'libraries-'));
after(() => rmSync(directory, { recursive: true }));

/** Looks for what a program needs among libraries that exist only here. */
function resolve(program: FakeElf, libraries: Record<string, FakeElf>): string[] {
  const root = mkdtempSync(join(directory, 'root-'));
  const directories = [join(root, 'first'), join(root, 'second')];
  for (const path of directories) mkdirSync(path);
  for (const [path, library] of Object.entries(libraries)) writeFileSync(join(root, path), fakeElf(library));
  const elf = readElf(inMemory(fakeElf({ ...program, interpreter: join(root, 'first', 'ld.so') })), 'program');
  return librariesOf(elf, 'program', directories).map(({ path }) => path.slice(root.length));
}

describe('the libraries of a program', () => {
  test('are its own, those that they need in turn, and the loader, each once, and lie beside libc', () => {
    const found = resolve(
      { needed: ['libone.so', 'libc.so.6'] },
      {
        'first/ld.so': {},
        'second/libone.so': { needed: ['libtwo.so', 'libc.so.6', 'ld.so'] },
        'second/libtwo.so': { needed: ['libone.so'] },
        'first/libc.so.6': { needed: ['ld.so'] },
      },
    );
    assert.deepEqual(found, ['/first/ld.so', '/first/libone.so', '/first/libc.so.6', '/first/libtwo.so']);
  });

  test('one of another architecture is passed over, as the loader does', () => {
    const found = resolve(
      { needed: ['libc.so.6'] },
      { 'first/ld.so': {}, 'first/libc.so.6': { machine: 183 }, 'second/libc.so.6': {} },
    );
    assert.deepEqual(found, ['/first/ld.so', '/second/libc.so.6']);
  });

  test('what libc opens for name lookups comes along where it exists', () => {
    const found = resolve({ needed: ['libc.so.6'] }, { 'first/ld.so': {}, 'first/libc.so.6': {}, 'first/libnss_dns.so.2': {} });
    assert.deepEqual(found, ['/first/ld.so', '/first/libc.so.6', '/first/libnss_dns.so.2']);
  });

  test('a missing one is named, with who needs it and what to install', () => {
    assert.throws(
      () => resolve({ needed: ['libone.so'] }, { 'first/ld.so': {}, 'first/libone.so': { needed: ['libatomic.so.1'] } }),
      {
        code: 'unsupported',
        message: /libatomic\.so\.1.*libone\.so/,
        advice: /libatomic1/,
      },
    );
  });

  test('a static program needs none', () => {
    assert.deepEqual(librariesOf({ architecture: 'amd64', needed: [] }, 'program'), []);
  });
});
