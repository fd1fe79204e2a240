/** Programs of this machine with the libraries that they need, for images that are made by hand. */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { inFile } from '../image/bytes.ts';
import { readElf } from '../image/elf.ts';
import type { HandmadeEntry } from '../image/handmade.ts';
import { librariesOf } from '../image/libraries.ts';

/** Placed in `/bin` of the image. @throws BookendError `unsupported` for a program that the machine lacks */
export function programsWithLibraries(programs: readonly string[]): HandmadeEntry[] {
  const files = new Map<string, HandmadeEntry>();
  for (const program of programs) {
    const file = programFile(program);
    const libraries = librariesOf(
      inFile(file, (opened) => readElf(opened, file)),
      program,
    );
    for (const { path, content } of [{ path: `/bin/${program}`, content: readFileSync(file) }, ...libraries]) {
      files.set(path, { path, content, mode: 0o755 });
    }
  }
  return [...files.values()];
}

/** @throws BookendError `unsupported` when the machine lacks it */
export function programFile(program: string): string {
  for (const directory of ['/usr/bin', '/bin']) {
    try {
      return realpathSync(join(directory, program));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new BookendError('unsupported', `the test images are made with the program ${program}, and this machine has none`, {
    advice: 'Install coreutils and findutils.',
  });
}
