import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inMemory } from './bytes.ts';
import { readElf, readSegments } from './elf.ts';
import { fakeElf } from './elf-fixture.ts';
import { readSections, strip } from './strip.ts';

const program = { interpreter: '/lib64/ld.so', needed: ['libc.so.6'], buildId: 'abcd', text: 'the code' };

describe('stripping a program', () => {
  test('takes the symbol table out and keeps the sections that are loaded, by name and number', () => {
    const before = fakeElf({ ...program, symbols: 'a symbol table '.repeat(1000) });
    const after = strip(before);
    assert.ok(after.length < before.length - 14_000);
    assert.equal(after.includes('a symbol table'), false);
    const loaded = (file: Buffer) => readSections(file).map((section) => (section.loaded ? section.name : ''));
    assert.deepEqual(loaded(after).slice(0, -1), loaded(before).slice(0, -2));
    assert.equal(readSections(after).at(-1)?.name, '.shstrtab');
  });

  test('leaves what is loaded as it was, byte for byte, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.array(fc.stringMatching(/^[a-z]{1,9}$/)),
        fc.string({ minLength: 1 }),
        (text, needed, symbols) => {
          const before = fakeElf({ ...program, text, needed, symbols });
          const after = strip(before);
          assert.deepEqual(readElf(inMemory(after), 'after'), readElf(inMemory(before), 'before'));
          const segments = (file: Buffer) =>
            readSegments(inMemory(file)).map(({ offset, fileSize }) => file.subarray(offset + 64, offset + fileSize));
          assert.deepEqual(segments(after), segments(before));
        },
      ),
    );
  });

  test('done twice is the same as once', () => {
    const once = strip(fakeElf(program));
    assert.deepEqual(strip(once), once);
  });

  test('a file without section headers is left alone', () => {
    const bare = fakeElf(program);
    bare.writeBigUInt64LE(0n, 40);
    bare.writeUInt16LE(0, 60);
    assert.equal(strip(bare), bare);
  });
});
