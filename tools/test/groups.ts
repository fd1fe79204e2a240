/**
 * Starting Node and loading the same modules takes longer than most test files take to run. Files that neither change
 * nor measure their process share one: each is a suite of its own there, so that hooks of one file do not run for
 * another.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whoever writes one of these may change the process for others, measures it, or holds it up. */
const needsOwnProcess =
  /\bprocess\.(?!env\.SEED\b)|\bperformance\.now\b|\bglobalThis\b|\bmock\.|\bsetFlagsFromString\b|node:(child_process|worker_threads)/;

/** One run for each crash point: what takes longest begins first, so that no core waits for it in the end. */
const isLong = /\b(everyCrashPoint|describeCrashes)\b/;

/** So many files make a group: enough to save the starts, few enough to keep all cores busy until the end. */
const largest = 24;

/**
 * In the order in which to run them. Pure.
 * @param nearestFirst keeps the order of the files, for whoever waits for the first answer; otherwise the longest begin
 * first
 */
export function grouped(files: readonly string[], textOf: (file: string) => string, nearestFirst = false): string[][] {
  const long = files.filter((file) => isLong.test(textOf(file)));
  const alone = files.filter((file) => !long.includes(file) && needsOwnProcess.test(textOf(file)));
  const together = files.filter((file) => !long.includes(file) && !alone.includes(file));
  const count = Math.ceil(together.length / largest);
  // Neighbours take equally long, so that they are dealt out like cards.
  const groups = Array.from({ length: count }, (_, group) => together.filter((_, index) => index % count === group));
  const all = [...[...long, ...alone].map((file) => [file]), ...groups];
  return nearestFirst ? all.sort(([one = ''], [other = '']) => files.indexOf(one) - files.indexOf(other)) : all;
}

/** What to give to Node's test runner: a file itself, or one in `directory` that runs all of its group. */
export function writeGroups(files: readonly string[], directory: string, nearestFirst = false): string[] {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  return grouped(files, (file) => readFileSync(file, 'utf8'), nearestFirst).map(([first = '', ...others], index) => {
    if (others.length === 0) return first;
    const path = join(directory, `group-${index}.mjs`);
    writeFileSync(path, programOf([first, ...others]));
    return path;
  });
}

function programOf(files: string[]): string {
  return [
    "import { relative } from 'node:path';",
    "import { describe } from 'node:test';",
    `for (const file of ${JSON.stringify(files)})`,
    '  describe(relative(process.cwd(), file), async () => { await import(file); });\n',
  ].join('\n');
}
