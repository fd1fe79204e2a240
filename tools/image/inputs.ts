/**
 * Tells whether anything changed that an image is made of, by content and not by date: a fresh clone has new dates and
 * the same content. package-lock.json stands for everything under node_modules, since it names the digest of each
 * package.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every file at or below `path`, relative to `root`, sorted; nothing when it does not exist. Tests are not part of any
 * image.
 */
export function filesUnder(root: string, path: string): string[] {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory() && !isTest(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length))
    .sort();
}

function isTest(name: string): boolean {
  return name.endsWith('.test.ts') || name.endsWith('_test.go');
}

/** A digest in hexadecimal over the files at or below `paths`: their names, content and whether they can be run. */
export function digestOfFiles(root: string, paths: string[]): string {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesUnder(root, path))) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${isExecutable(join(root, file))}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Whether the owner may run the file: all that an image keeps of its mode. */
export function isExecutable(path: string): boolean {
  return (statSync(path).mode & 0o100) !== 0;
}
