/**
 * Reads the produced HTML as a browser would: every link and anchor must exist, and nothing may be loaded from another
 * host. VitePress itself checks only links between pages, without their anchors.
 */
import { posix } from 'node:path';

export type Site = {
  base: string;
  /** From the root of the site: `how-to/share.html`. */
  files: ReadonlySet<string>;
  /** The HTML of a page. */
  read(path: string): string;
};

/** One line for each fault. */
export function siteProblems(site: Site): string[] {
  const pages = [...site.files].filter((path) => path.endsWith('.html')).sort();
  const anchors = new Map(pages.map((path) => [path, idsOf(site.read(path))]));
  return pages.flatMap((path) => {
    const tags = tagsOf(site.read(path));
    const problems = tags.flatMap(({ name, attributes }) => [
      ...Object.entries(attributes)
        .filter(([attribute]) => attribute === 'href' || attribute === 'src')
        .flatMap(([, link]) => problemOf(link, { page: path, loads: name !== 'a', site, anchors }) ?? []),
    ]);
    return [...new Set(problems)].map((problem) => `${path}: ${problem}`);
  });
}

type Context = { page: string; loads: boolean; site: Site; anchors: ReadonlyMap<string, ReadonlySet<string>> };

function problemOf(link: string, { page, loads, site, anchors }: Context): string | undefined {
  if (/^(https?:)?\/\//.test(link)) return loads ? `loads ${link} from another host` : undefined;
  if (/^[a-z]+:/i.test(link)) return undefined;
  const [path = '', anchor] = link.split('#', 2);
  const file = path === '' ? page : fileOf(path, page, site);
  if (file === undefined) return `the link ${link} leads nowhere`;
  if (anchor === undefined || anchor === '' || !file.endsWith('.html')) return undefined;
  return anchors.get(file)?.has(decodeURIComponent(anchor)) ? undefined : `the link ${link} leads to a missing anchor`;
}

/** As a server of static files finds it. */
function fileOf(path: string, page: string, { base, files }: Site): string | undefined {
  const [plain = ''] = decodeURI(path).split('?');
  if (plain.startsWith('/') && !plain.startsWith(base)) return undefined;
  const target = plain.startsWith('/') ? plain.slice(base.length) : posix.join(posix.dirname(page), plain);
  const normal = posix.normalize(target === '' ? '.' : target).replace(/^\.\/?/, '');
  const candidates = normal === '' || normal.endsWith('/') ? [`${normal}index.html`] : [normal];
  return candidates.find((candidate) => files.has(candidate));
}

type Tag = { name: string; attributes: Record<string, string> };

/** Of generated HTML: all attributes are in double quotes, or have no value. Scripts and comments contain no tags. */
function tagsOf(html: string): Tag[] {
  const markup = html.replaceAll(/<!--[\s\S]*?-->|(<(script|style)\b[^>]*>)[\s\S]*?<\/\2>/g, '$1');
  return [...markup.matchAll(/<([a-z][\w-]*)((?:\s+[^\s"'>/=]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(([, name = '', rest = '']) => ({
    name: name.toLowerCase(),
    attributes: Object.fromEntries(
      [...rest.matchAll(/([^\s"'>/=]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [
        key.toLowerCase(),
        unescaped(value),
      ]),
    ),
  }));
}

function idsOf(html: string): Set<string> {
  return new Set(tagsOf(html).flatMap(({ attributes: { id } }) => id ?? []));
}

function unescaped(text: string): string {
  const entities: Record<string, string> = { '&amp;': '&', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };
  return text.replaceAll(/&(?:amp|quot|#39|lt|gt);/g, (entity) => entities[entity] ?? entity);
}
