/**
 * `npm run format` for prose: wraps the long lines of Markdown and of comments. The linter, which runs in `npm test`,
 * finds the rest.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { wrapComments } from './wrap-comments.ts';
import { wrapMarkdown } from './wrap-markdown.ts';

const root = join(import.meta.dirname, '..', '..');

for (const file of globSync(['**/*.md', '{src,tools,test,demo,bench,examples}/**/*.ts'], {
  cwd: root,
  exclude: ['**/node_modules', '.cache', 'dist'],
})) {
  const before = readFileSync(join(root, file), 'utf8');
  const after = file.endsWith('.md') ? wrapMarkdown(before) : wrapComments(before);
  if (after === before) continue;
  // A template literal may have lines that look like comments.
  if (file.endsWith('.ts') && codeOf(after) !== codeOf(before)) {
    process.stdout.write(`${file} has long lines that are no comments: left as it is\n`);
    continue;
  }
  writeFileSync(join(root, file), after);
  process.stdout.write(`wrapped ${file}\n`);
}

function codeOf(text: string): string {
  return transformSync(text, { loader: 'ts', minifyWhitespace: true, legalComments: 'none' }).code;
}
