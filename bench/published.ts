/** The program as the npm package has it: one bundle beside its starter. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, repository } from '../tools/image/bundle.ts';

/**
 * @param directory empty
 * @returns the program
 */
export async function published(directory: string): Promise<string> {
  for (const name of ['bin', 'dist']) mkdirSync(join(directory, name));
  const { files } = await bundle();
  for (const { name, content } of files) writeFileSync(join(directory, 'dist', name), content);
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const name of ['bookend.js', 'compile-cache.js'])
    copyFileSync(join(repository, 'bin', name), join(directory, 'bin', name));
  return join(directory, 'bin', 'bookend.js');
}
