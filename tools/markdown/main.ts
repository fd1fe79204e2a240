/** `npm run format` for Markdown: wraps what is too long. The linter, which runs in `npm test`, finds the rest. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrapMarkdown } from './wrap.ts';

const root = join(import.meta.dirname, '..', '..');
for (const page of globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '.cache', 'dist'] })) {
  const before = readFileSync(join(root, page), 'utf8');
  const after = wrapMarkdown(before);
  if (after === before) continue;
  writeFileSync(join(root, page), after);
  process.stdout.write(`wrapped ${page}\n`);
}
