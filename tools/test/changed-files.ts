/** What has changed: since the main branch, for one run, and from now on, for `--watch`. */
import { execFileSync } from 'node:child_process';
import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';

/** The first that exists is what changes are compared with; without any it is the latest commit. */
const bases = ['origin/HEAD', 'origin/main', 'main'];

/**
 * Paths from the root, with slashes: what was committed since the main branch, what was not yet, and new files.
 * @throws BookendError `bad-input` outside of a Git clone
 */
export function changedFiles(root: string): string[] {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).split('\0');
  const baseWith = (name: string) => {
    try {
      return git('merge-base', 'HEAD', name)[0]?.trim();
    } catch {
      return undefined;
    }
  };
  try {
    const base = bases.map(baseWith).find((each) => each !== undefined) ?? 'HEAD';
    const changed = git('diff', '--name-only', '--no-renames', '-z', base);
    const untracked = git('ls-files', '--others', '--exclude-standard', '-z');
    return [...new Set([...changed, ...untracked])].filter((path) => path !== '').sort();
  } catch (error) {
    throw new BookendError('bad-input', '--changed: git cannot tell what has changed', {
      field: '--changed',
      advice: `Run it in a Git clone, or run npm run check without the flag. ${error instanceof Error ? error.message : error}`,
    });
  }
}

/** Folders in which programs write, not people. */
const ignored = new Set(['node_modules', '.git', '.cache', 'dist']);

/** Calls back with the path of each file that is written from now on. */
export function watchFiles(root: string, onChange: (path: string) => void): { close(): void } {
  const watchers: FSWatcher[] = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !ignored.has(entry.name))
    .map(({ name }) =>
      watch(join(root, name), { recursive: true }, (_, file) => {
        if (file !== null && !file.split(/[\\/]/).some((part) => ignored.has(part))) onChange(`${name}/${file}`);
      }),
    );
  // Files at the root itself.
  watchers.push(watch(root, (_, file) => file?.includes('.') && !file.startsWith('.') && onChange(file)));
  return {
    close: () => {
      for (const each of watchers) each.close();
    },
  };
}
