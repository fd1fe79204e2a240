/**
 * Which test files a change touches: those that reach a changed file through their imports, and those that name it,
 * because they read it or run it. Rather one test too many than one too few; pure.
 */
import type { SourceFile } from './import-direction.ts';
import { importsOf, pathOf, stringsOf } from './imports.ts';

/** A change of these may change anything. */
const everything = new Set(['package.json', 'package-lock.json', 'tsconfig.json']);

/**
 * @param code all that can be imported or run, tests among it
 * @param tests the paths to choose from
 * @param changed paths, of files that are gone too
 * @returns the nearest to the change first
 */
export function touchedTests(code: readonly SourceFile[], tests: readonly string[], changed: readonly string[]): string[] {
  if (changed.some((path) => everything.has(path))) return [...tests];
  const users = usersOf(code, changed);
  const distances = new Map(changed.map((path) => [path, 0]));
  // A Map is walked through in the order in which its entries come in, those that come in meanwhile too.
  for (const [path, distance] of distances)
    for (const user of users.get(path) ?? []) if (!distances.has(user)) distances.set(user, distance + 1);
  const far = (path: string) => distances.get(path) ?? Number.POSITIVE_INFINITY;
  return tests.filter((path) => distances.has(path)).sort((one, other) => far(one) - far(other));
}

/** Of each file those that import, run or read it. */
function usersOf(code: readonly SourceFile[], changed: readonly string[]): Map<string, string[]> {
  const users = new Map<string, string[]>();
  const add = (path: string, user: string) => users.set(path, [...(users.get(path) ?? []), user]);
  const known = new Set(code.map(({ path }) => path));
  const programs = Map.groupBy(known, nameOf);
  for (const { path, text } of code) {
    const imported = importsOf(text);
    for (const specifier of imported.filter((each) => each.startsWith('.'))) add(pathOf(path, specifier), path);
    for (const string of stringsOf(text).filter((each) => !imported.includes(each))) {
      const read = changed.filter((each) => reads(string, each, known.has(each)));
      const run = (programs.get(nameOf(string)) ?? []).filter((program) => `/${program}`.endsWith(`/${withoutDots(string)}`));
      for (const used of [...run, ...read]) add(used, path);
    }
  }
  return users;
}

/**
 * Whether somebody who has such a string in the code may read the file: its name, a pattern of files, or the folder at
 * the root that it is in.
 */
function reads(string: string, path: string, isCode: boolean): boolean {
  const [folder = ''] = path.split('/');
  const parts = string.split('/');
  // Code is read as such by few, and they say so: `src/**/*.ts`. Words like "test" are in every second file.
  if (isCode) return parts[0] === folder && (parts[1]?.includes('*') ?? false);
  return parts.at(-1) === nameOf(path) || (path.includes('/') && parts.includes(folder));
}

/** `../image/main.ts` is the end of the path of what it names. */
function withoutDots(path: string): string {
  return path.replace(/^(\.{0,2}\/)+/, '');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
