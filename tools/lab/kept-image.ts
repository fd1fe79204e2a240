/**
 * Images that are made by hand are made once for a machine and kept in the user's cache. Their programs are those of
 * the machine.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { cacheDirectory, payloadPath, prune, recall, remember } from '../image/cache.ts';
import { type HandmadeEntry, type HandmadeImage, packHandmadeImage } from '../image/handmade.ts';
import { librariesOf } from '../image/libraries.ts';

/**
 * @param file how the archive is called in the cache
 * @param inputs everything that decides its bytes
 * @returns as `Lab.load` takes it
 */
export async function keptImage(
  name: string,
  file: string,
  inputs: readonly (string | Buffer)[],
  make: () => Promise<HandmadeImage>,
): Promise<{ name: string; tar: string; digest: string }> {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input);
  const directory = cacheDirectory();
  const payload = payloadPath(directory, file, hash.digest('hex'), '.tar');
  const known = recall<{ digest: string; bytes: number }>(payload);
  if (known) return { name, tar: payload, digest: known.digest };
  const { content, digest } = await packHandmadeImage(await make());
  remember(payload, content, { digest });
  prune(directory, file, '.tar');
  return { name, tar: payload, digest };
}

/** Placed in `/bin` of the image. @throws BookendError `unsupported` for a program that the machine lacks */
export function programsWithLibraries(programs: readonly string[]): HandmadeEntry[] {
  const files = new Map<string, HandmadeEntry>();
  for (const program of programs) {
    const file = programFile(program);
    for (const { path, content } of [{ path: `/bin/${program}`, content: readFileSync(file) }, ...librariesOf(file)]) {
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
