/**
 * Keeps what was built between runs, in the user's cache and not in the checkout: a fresh clone of the same sources
 * finds it.
 *
 * An entry is a payload and, written after it, a record that describes it; whoever finds the record may trust the
 * payload. Both are put in place by renaming, so that neither a crash nor a second build at the same time leaves half a
 * file under its name.
 */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';

/** How many builds of one thing are kept: enough for a few checkouts side by side. */
const kept = 3;
const abandonedAfterMs = 60 * 60 * 1000;

/** `$XDG_CACHE_HOME/bookend/images`, by default under `~/.cache`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bookend', 'images');
}

/** Where the payload of an entry lies. `inputs`: the digest of what it is made of; `extension` with its dot. */
export function payloadPath(directory: string, name: string, inputs: string, extension: string): string {
  return join(directory, `${name}-${inputs.replace('sha256:', '').slice(0, 16)}${extension}`);
}

/** The record of the entry with this payload, when both are there. It is from then on the one that was used last. */
export function recall<R extends { bytes: number }>(payload: string): R | undefined {
  const recordPath = `${payload}.json`;
  if (!existsSync(recordPath) || !existsSync(payload)) return undefined;
  const record = JSON.parse(readFileSync(recordPath, 'utf8')) as R;
  if (statSync(payload).size !== record.bytes) return undefined;
  markUsed(recordPath);
  return record;
}

/**
 * Stores an entry and returns its record, with the payload's size in bytes.
 * @throws BookendError `unsupported` when the directory cannot be written.
 */
export function remember<R>(payload: string, content: Buffer, record: R): R & { bytes: number } {
  try {
    mkdirSync(dirname(payload), { recursive: true });
    replaceFile(payload, content);
    const complete = { ...record, bytes: content.length };
    replaceFile(`${payload}.json`, JSON.stringify(complete));
    return complete;
  } catch (error) {
    throw new BookendError('unsupported', `cannot write ${payload}: ${(error as Error).message}`, {
      cause: error,
      advice: 'Make the directory writable and see that there is room, or set XDG_CACHE_HOME to another one.',
    });
  }
}

/**
 * The date of a record says when its entry was last used. A cache that belongs to somebody else is still good to read
 * from.
 */
function markUsed(recordPath: string): void {
  const now = new Date();
  try {
    utimesSync(recordPath, now, now);
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Removes all but the entries of this name that were used last, and what interrupted builds left. */
export function prune(directory: string, name: string, extension: string, now = Date.now()): void {
  const files = readdirSync(directory);
  const entries = files
    .filter(
      (file) =>
        file.startsWith(`${name}-`) &&
        file.endsWith(`${extension}.json`) &&
        file.length === `${name}-${extension}.json`.length + 16,
    )
    .map((file) => ({ payload: join(directory, file.slice(0, -'.json'.length)), used: modified(join(directory, file)) }))
    .sort((one, other) => other.used - one.used);
  for (const { payload } of entries.slice(kept)) {
    rmSync(`${payload}.json`, { force: true });
    rmSync(payload, { force: true });
  }
  for (const file of files.filter((path) => path.endsWith('.tmp'))) {
    if (now - modified(join(directory, file)) > abandonedAfterMs) rmSync(join(directory, file), { force: true });
  }
}

function replaceFile(path: string, content: Buffer | string): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Milliseconds since 1970; 0 for what another process has just removed. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
