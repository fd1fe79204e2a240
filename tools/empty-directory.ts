/** Where a command writes everything that it makes. */
import { mkdirSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { BookendError } from '../src/errors.ts';

/**
 * Creates the directory of `--out`. Old files would be published with the new ones, so there may be none.
 * @throws BookendError `bad-input`
 */
export function emptyDirectory(path: string | undefined): string {
  if (path === undefined) {
    throw new BookendError('bad-input', 'the directory to write to is missing', { advice: 'Try: --out DIR' });
  }
  const out = resolve(path);
  mkdirSync(out, { recursive: true });
  if (readdirSync(out).length > 0) {
    throw new BookendError('bad-input', `${out} is not empty`, { advice: 'Name an empty or new directory.' });
  }
  return out;
}
