/**
 * Pages link to each other and to files of the repository by relative paths, as GitHub wants it. On the site, links to
 * pages stay links to pages, and all others lead to the repository.
 */
import { posix } from 'node:path';
import { homePage } from './pages.ts';

export type Repository = {
  /** `https://HOST/OWNER/NAME` */
  address: string;
  /** The commit or branch whose files the links show. */
  revision: string;
  /** What a path from the root of the repository is; undefined when nothing is there. */
  kindOf(path: string): 'file' | 'directory' | undefined;
};

/**
 * @param page from docs/: `how-to/share.md`
 * @param link as the page has it
 * @throws Error for a link that leads nowhere
 */
export function siteLink(page: string, link: string, repository: Repository): string {
  if (/^([a-z][a-z0-9+.-]*:|#)/i.test(link)) return link;
  const [path = '', anchor] = link.split('#');
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  const target = posix.normalize(posix.join('docs', posix.dirname(page), path)).replace(/\/$/, '');
  const kind = target.startsWith('..') ? undefined : repository.kindOf(target);
  if (kind === undefined) throw new Error(`docs/${page}: the link ${link} leads nowhere`);
  if (target !== 'docs' && !target.startsWith('docs/')) {
    return `${repository.address}/${kind === 'file' ? 'blob' : 'tree'}/${repository.revision}/${target}${suffix}`;
  }
  const inDocs = target.slice('docs/'.length);
  const file = kind === 'directory' ? posix.join(inDocs, 'index.md') : inDocs === homePage ? 'index.md' : inDocs;
  const relative = posix.relative(posix.dirname(page), file);
  return `${relative.startsWith('.') ? relative : `./${relative}`}${suffix}`;
}
