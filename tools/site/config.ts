/** The configuration of VitePress, as plain data. `.vitepress/config.js` hands it over. */
import { githubSlug } from './github-slug.ts';
import type { Repository } from './links.ts';
import { extendMarkdown, type MarkdownIt } from './markdown.ts';
import type { Page, Section } from './pages.ts';

export type SiteSettings = {
  /** The directory with the Markdown. */
  sources: string;
  out: string;
  cache: string;
  /** `/` or `/bookend/`. */
  base: string;
  description: string;
  repository: Repository;
  sections: Section[];
};

/** The sections that have a place of their own at the top. The others are in the sidebar only. */
const atTheTop = 4;

export function siteConfig({ sources, out, cache, base, description, repository, sections }: SiteSettings): object {
  return {
    lang: 'en',
    title: 'Bookend',
    description,
    base,
    srcDir: sources,
    outDir: out,
    cacheDir: cache,
    head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }]],
    markdown: {
      html: false,
      anchor: { slugify: githubSlug },
      toc: { slugify: githubSlug },
      headers: { slugify: githubSlug },
      config: (md: MarkdownIt) => extendMarkdown(md, repository),
    },
    themeConfig: {
      logo: '/icon.svg',
      search: { provider: 'local' },
      outline: [2, 3],
      nav: [
        ...sections.slice(0, atTheTop).map(({ title, path }) => ({
          text: title,
          link: addressOf(path),
          activeMatch: `^/${path.split('/')[0]}/`,
        })),
        { text: 'Source', link: repository.address },
      ],
      sidebar: sections.map(({ title, path, pages }, index) =>
        pages.length === 1 && pages[0]?.path === path
          ? { text: title, link: addressOf(path) }
          : {
              text: title,
              collapsed: index >= atTheTop,
              items: pages.map((page) => ({ text: titleIn(title, page), link: addressOf(page.path) })),
            },
      ),
      externalLinkIcon: true,
    },
    // A small picture stays a file: links to it work, and a page does not repeat it.
    vite: { build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 2_000 }, logLevel: 'warn' },
  };
}

/** Below "Tutorial", a page "Tutorial: a first chart" is "A first chart". */
function titleIn(section: string, { title }: Page): string {
  const rest = title.startsWith(`${section}: `) ? title.slice(section.length + 2) : title;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function addressOf(path: string): string {
  return `/${path.replace(/index\.md$/, '').replace(/\.md$/, '')}`;
}
