// Where Node may keep compiled code between runs. Whoever can write there runs code as whoever runs `bookend`, so it is a directory that nobody else
// can have made or changed: below the user's own cache, mode 0700, with no way to it that others could replace. Where there is none, nothing is kept.
// This file uses nothing newer than Node 16.
import module from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

// Not imported, for the reason that bookend.js gives.
const { lstatSync, mkdirSync, realpathSync } = module.createRequire(import.meta.url)('node:fs');

/**
 * @param environment XDG_CACHE_HOME or HOME say where the user's cache is
 * @param uid of this process; undefined where users have no numbers, such as on Windows: there nothing is kept
 * @returns a directory that only this user can write, or undefined
 */
export function privateCacheDirectory(environment, uid) {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = environment;
  if (uid === undefined || !(isAbsolute(cache) || isAbsolute(home))) return undefined;
  try {
    const base = isAbsolute(cache) ? made(cache) : made(join(realpathSync(home), '.cache'));
    // Without links: whoever may change a link on the way could lead us elsewhere.
    const ours = made(join(realpathSync(base), 'bookend'));
    if (!isSafeWay(ours, uid)) return undefined;
    const directory = made(join(ours, 'compiled'));
    const found = lstatSync(directory);
    return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0 ? directory : undefined;
  } catch {
    // Read-only, full, no home: the program runs all the same, only more slowly.
    return undefined;
  }
}

/** Only its last part is made: a home directory that does not exist is nobody's to make. */
function made(directory) {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  return directory;
}

/** True when nobody else can replace any part of the path: each belongs to this user or root, is no link, and others cannot write it, or it is sticky as /tmp is. */
function isSafeWay(path, uid) {
  for (let part = path; ; part = dirname(part)) {
    const found = lstatSync(part);
    const { uid: owner, mode } = found;
    if (!found.isDirectory() || (owner !== uid && owner !== 0)) return false;
    if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) return false;
    if (part === dirname(part)) return true;
  }
}
