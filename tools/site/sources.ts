/** Collects what VitePress reads: docs/ with a home page, a page for each directory, and files that are no pages. */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '../image/bundle.ts';
import { homeMarkdown } from './home.ts';
import { homePage, indexPage, type Page, pageOf, type Section, sectionsOf } from './pages.ts';
import { type ReportCommand, reportsOf } from './reports.ts';

export type Sources = { sections: Section[]; reports: ReportCommand[] };

const docs = join(repository, 'docs');

/** @param directory an empty one */
export function writeSources(directory: string): Sources {
  const pages: Page[] = [];
  const reports: ReportCommand[] = [];
  for (const path of globSync('**/*.md', { cwd: docs }).sort()) {
    if (path === homePage) continue;
    const text = readFileSync(join(docs, path), 'utf8');
    pages.push(pageOf(path, text));
    reports.push(...reportsOf(path, text));
    write(directory, path, withoutFirstComment(text));
  }
  const sections = sectionsOf(pages);
  for (const section of sections) {
    if (section.path.endsWith('/index.md')) write(directory, section.path, indexPage(section));
  }
  write(directory, 'index.md', home());
  for (const path of globSync('**/*.{svg,json}', { cwd: docs })) {
    // A page shows a picture from beside it; a link finds it below the root.
    for (const place of [directory, join(directory, 'public')]) copy(join(docs, path), join(place, path));
  }
  copy(join(import.meta.dirname, 'icon.svg'), join(directory, 'public', 'icon.svg'));
  return { sections, reports };
}

/** "Generated from …" is for those who edit the file. */
function withoutFirstComment(text: string): string {
  return text.replace(/^<!--[\s\S]*?-->\n+/, '');
}

function home(): string {
  const read = (path: string) => readFileSync(join(repository, path), 'utf8');
  const { description } = JSON.parse(read('package.json')) as { description: string };
  return homeMarkdown({ readme: read('README.md'), index: read(`docs/${homePage}`), description });
}

function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
