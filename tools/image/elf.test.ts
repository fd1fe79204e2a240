import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inMemory } from './bytes.ts';
import { readElf } from './elf.ts';
import { fakeElf } from './elf-fixture.ts';

describe('reading an ELF file', () => {
  test('tells the architecture, the loader, the libraries in order, and the build id', () => {
    const program = fakeElf({ interpreter: '/lib64/ld.so', needed: ['libm.so.6', 'libc.so.6'], buildId: '0badc0de' });
    assert.deepEqual(readElf(inMemory(program), 'program'), {
      architecture: 'amd64',
      interpreter: '/lib64/ld.so',
      needed: ['libm.so.6', 'libc.so.6'],
      buildId: '0badc0de',
    });
  });

  test('a static program names no loader and no libraries', () => {
    assert.deepEqual(readElf(inMemory(fakeElf({ machine: 183 })), 'program'), { architecture: 'arm64', needed: [] });
  });

  test('a file that is something else is refused by name', () => {
    for (const content of [
      '',
      '/* GNU ld script */ GROUP ( /lib/libc.so.6 ) and so on, long enough for a header',
      '\x7fELF\x01\x01'.padEnd(64, '\0'),
    ]) {
      assert.throws(() => readElf(inMemory(Buffer.from(content, 'latin1')), '/lib/libm.so'), {
        code: 'unsupported',
        message: /\/lib\/libm\.so/,
      });
    }
  });
});
