/**
 * Pages show what commands print, cut to what matters there: `…` stands for paragraphs that are left out, `  …` for the
 * rest of one. Here the outputs on a page are made anew from the commands above them.
 * `node test/charts/shown-outputs.ts --write`, with HELM_BIN or helm on the PATH, writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bookend } from '../../tools/lab/command-line.ts';
import { root } from '../../tools/lab/lab.ts';

/** From the repository's root. */
export const pagesWithOutputs = ['README.md', 'docs/tutorial/first-clusteroperator.md', 'docs/tutorial/preview.md'];

const shown = /(```sh\nnode bin\/bookend\.js (.*)\n```\n\n```text\n)([\s\S]*?)(?=```)/g;

/** @param run a command line without the program's name; gives its standard output */
export function withOutputs(page: string, run: (args: string[]) => string): string {
  return page.replaceAll(shown, (_, head: string, command: string, before: string) => {
    const paragraphs = run(command.split(' ')).trimEnd().split('\n\n');
    const parts = before.split(/^…\n/m).filter((part) => part.trim() !== '');
    const now = parts.map((part) => paragraphLike(part, paragraphs));
    const end = before.endsWith('\n…\n') ? '…\n' : '';
    return `${head}${now.join('…\n')}${end}`;
  });
}

/** The commands of a page whose output it shows. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(shown)].map(([, , command = '']) => command);
}

/** The paragraph that begins with the same two words, cut where the one on the page is. */
function paragraphLike(part: string, paragraphs: readonly string[]): string {
  const lines = part.trimEnd().split('\n');
  const words = (text: string) => text.trim().split(/\s+/, 2).join(' ');
  const found = paragraphs.find((paragraph) => words(paragraph.split('\n')[0] ?? '') === words(lines[0] ?? ''));
  if (found === undefined) return `${words(part)}: the command prints no such thing\n`;
  const isCut = lines.at(-1) === '  …';
  return `${
    isCut
      ? `${found
          .split('\n')
          .slice(0, lines.length - 1)
          .join('\n')}\n  …`
      : found
  }\n`;
}

if (import.meta.main && process.argv.includes('--write')) {
  const run = (args: string[]) => bookend({ bin: undefined }, args).stdout;
  for (const file of pagesWithOutputs) {
    const path = join(root, file);
    writeFileSync(path, withOutputs(readFileSync(path, 'utf8'), run));
  }
}
