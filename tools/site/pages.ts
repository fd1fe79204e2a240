/**
 * The pages of docs/ and the order in which the site shows them. All of it comes from directories and first headings:
 * a new page appears without another change.
 */

export type Page = {
  /** From docs/, with slashes: `how-to/share.md`. */
  path: string;
  title: string;
};

export type Section = {
  title: string;
  /** `how-to/index.md`, or the page itself in a section of one page. */
  path: string;
  pages: Page[];
};

/** In the order of the navigation. A directory that is not listed follows these. */
const directories: readonly (readonly [directory: string, title: string])[] = [
  ['tutorial', 'Tutorial'],
  ['how-to', 'How-to'],
  ['concepts', 'Concepts'],
  ['reference', 'Reference'],
  ['decisions', 'Decisions'],
];

/** Single pages after the directories. A page that is not listed follows these. */
const singles = ['security.md', 'limits.md', 'benchmarks.md', 'architecture.md'];

/** The home page of docs/. */
export const homePage = 'README.md';

export function pageOf(path: string, text: string): Page {
  const [, heading] = /^# (.+)$/m.exec(text) ?? [];
  if (heading === undefined) throw new Error(`docs/${path} has no first heading: begin it with "# Title"`);
  return { path, title: heading.replaceAll('`', '') };
}

/** @param pages all pages except the home page, in any order */
export function sectionsOf(pages: readonly Page[]): Section[] {
  const inDirectory = Map.groupBy(pages, ({ path }) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : ''));
  const known = new Map(directories);
  const names = [...inDirectory.keys()].filter((name) => name !== '');
  const ordered = sortedLike(names, [...known.keys()], (name) => name);
  const sections = ordered.map((name): Section => {
    const title = known.get(name) ?? name.charAt(0).toUpperCase() + name.slice(1);
    return { title, path: `${name}/index.md`, pages: sortedByTitle(inDirectory.get(name) ?? [], name) };
  });
  const alone = sortedLike(inDirectory.get('') ?? [], singles, ({ path }) => path);
  return [...sections, ...alone.map((page): Section => ({ title: page.title, path: page.path, pages: [page] }))];
}

/** Decisions have numbers in their names; elsewhere people look for a title. */
function sortedByTitle(pages: readonly Page[], directory: string): Page[] {
  const key = ({ path, title }: Page) => (directory === 'decisions' ? path : title);
  return pages.toSorted((one, other) => compare(key(one), key(other)));
}

function sortedLike<T>(items: readonly T[], order: readonly string[], key: (item: T) => string): T[] {
  const rank = (item: T) => (order.includes(key(item)) ? order.indexOf(key(item)) : order.length);
  return items.toSorted((one, other) => rank(one) - rank(other) || compare(key(one), key(other)));
}

/** Not by the language of the machine: the site is the same everywhere. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** What `how-to/` shows: its pages. */
export function indexPage({ title, path, pages }: Section): string {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  const items = pages.map((page) => `- [${page.title}](${page.path.slice(directory.length)})\n`);
  return `# ${title}\n\n${items.join('')}`;
}
