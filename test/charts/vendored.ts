/**
 * A chart installs straight from a clone, without a network and without `helm dependency build`, only if its
 * dependencies lie in its own charts/ directory. So the library chart bookend-hook stands there as a copy; this file
 * makes the copies and tells when one is stale.
 *
 * After a change of charts/bookend-hook: node test/charts/vendored.ts --write
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const library = join(root, 'charts', 'bookend-hook');

/** The charts that carry a copy, as paths from the repository's root. */
export const usersOfTheLibrary = ['charts/bookend', 'examples/node-agent/bookend', 'examples/own-operator', 'examples/umbrella'];

/** What of the library a chart needs at install; its README stays where it is written. */
const parts = ['Chart.yaml', 'templates'];

/**
 * Every file in which a copy differs from the library, as a path from the repository's root; none when all are in step.
 */
export function staleCopies(): string[] {
  const wanted = contents(library);
  return usersOfTheLibrary.flatMap((chart) => {
    const copy = copyIn(chart);
    const found = existsSync(copy) ? contents(copy) : new Map<string, string>();
    const names = [...new Set([...wanted.keys(), ...found.keys()])];
    return names.filter((name) => wanted.get(name) !== found.get(name)).map((name) => relative(root, join(copy, name)));
  });
}

function contents(chart: string): Map<string, string> {
  const files = readdirSync(chart, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(chart, join(entry.parentPath, entry.name)));
  const copied = paths.filter((path) => parts.includes(path.split('/')[0] ?? ''));
  return new Map(copied.map((path) => [path, readFileSync(join(chart, path), 'utf8')]));
}

function copyIn(chart: string): string {
  return join(root, chart, 'charts', 'bookend-hook');
}

if (import.meta.main && process.argv.includes('--write')) {
  for (const chart of usersOfTheLibrary) {
    rmSync(copyIn(chart), { recursive: true, force: true });
    for (const part of parts) cpSync(join(library, part), join(copyIn(chart), part), { recursive: true });
    console.log(`wrote ${relative(root, copyIn(chart))}`);
  }
}
