/**
 * Changes manifests in place. At any moment each file is the old one or the new one; its mode and links stay.
 */

import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { BookendError } from '../../errors.ts';
import { shellCommand } from '../../objects/shell-quote.ts';

export type ChangedFile = {
  file: string;
  /** As it was read. */
  before: string;
  after: string;
};

/**
 * Files that do not change are not touched.
 *
 * @returns the names of those that were written
 * @throws BookendError `conflict` for a file that is not any more what was read, or is no UTF-8, before any is
 *   written; `bad-input` for one that cannot be written
 */
export async function writeFiles(files: readonly ChangedFile[]): Promise<string[]> {
  const changed = files.filter(({ before, after }) => before !== after);
  for (const { file, before } of changed) await check(file, before);
  for (const { file, after } of changed) await write(file, after);
  return changed.map(({ file }) => file);
}

/**
 * A text that was read from other bytes than UTF-8 has lost some of them, and must not be printed as if it were the
 * file.
 *
 * @throws BookendError `bad-input`
 */
export async function checkBytes(file: string, text: string): Promise<void> {
  if (!text.includes('\uFFFD') || isUtf8(await readFile(file))) return;
  throw new BookendError('bad-input', `${file} is not UTF-8, so printing would change it`, {
    field: '-f',
    advice: `Convert it, for example from Latin-1: ${shellCommand('iconv', '-f', 'LATIN1', '-t', 'UTF-8', file)}`,
  });
}

async function check(file: string, before: string): Promise<void> {
  const now = await readFile(file);
  if (now.equals(Buffer.from(before))) return;
  throw new BookendError('conflict', `${file} has changed meanwhile, or is not UTF-8; nothing was written`, {
    field: '--in-place',
  });
}

async function write(file: string, text: string): Promise<void> {
  const target = await realpath(file);
  const unfinished = `${target}.${randomUUID()}.unfinished`;
  try {
    const { mode } = await stat(target);
    await writeFile(unfinished, text, { mode, flag: 'wx', flush: true });
    // What was asked for may have been narrowed by the umask.
    await chmod(unfinished, mode);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new BookendError('bad-input', `${file} cannot be written: ${why}`, { field: '--in-place', cause: error });
  }
}
