/**
 * Images made by hand for tests: exactly the files, owners, modes, times and links that a test needs, FROM scratch, as
 * an archive that `loadImage` of the local cluster imports. What the images of images.ts never have (setuid programs,
 * files of many owners, hard links, hundreds of megabytes) is what sharing a directory has to get right.
 *
 * @example await writeHandmadeImage(file, { name: 'registry.bookend.dev/test/site:1', entries: [{ path:
 * '/srv/www/index.html', content: 'hello', uid: 1000, mode: 0o640 }, { path: '/srv/www/now', symlink: 'index.html' }],
 * user: '1000:1000', });
 */
import { writeFileSync } from 'node:fs';
import type { TarEntry } from 'modern-tar';
import { type Archive, packArchive } from './archive.ts';
import { byName, directoriesAbove, epoch, inLayer, packEntries } from './layer.ts';

type Attributes = {
  /** Absolute path in the image. */
  path: string;
  /**
   * Permissions with set-user-ID, set-group-ID and sticky bits: 0o644 for files and 0o755 for directories by default.
   */
  mode?: number;
  /** Owner and group, in numbers; root by default. */
  uid?: number;
  gid?: number;
  /** When it was changed; 1970 by default, as reproducible builds have it. */
  modified?: Date;
  /** Extended attributes by their full name: `user.colour`. */
  attributes?: Record<string, string>;
};

/** One entry of a handmade image. Directories above it come by themselves; one of its own gives them owner and mode. */
export type HandmadeEntry = Attributes &
  (
    | { content: string | Buffer }
    | { directory: true }
    /** Where the link points, as it is written in it. */
    | { symlink: string }
    /** The absolute path of an entry that this is a further name of; owner, mode and times are those of that one. */
    | { hardLink: string }
    | { fifo: true }
  );

export type HandmadeImage = {
  /** With registry and tag. */
  name: string;
  entries: HandmadeEntry[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  /** `UID:GID`; root by default. */
  user?: string;
};

/**
 * Writes the archive of a handmade image. The same input gives the same bytes.
 * @returns the digest of its manifest.
 */
export async function writeHandmadeImage(file: string, image: HandmadeImage): Promise<string> {
  const { content, digest } = await packHandmadeImage(image);
  writeFileSync(file, content);
  return digest;
}

/** The archive itself, for whoever keeps it. */
export async function packHandmadeImage(image: HandmadeImage): Promise<Archive> {
  const { name, entries, entrypoint = [], environment = {}, user = '' } = image;
  const own = entries.map((entry) => tarEntry('hardLink' in entry ? linkTo(entry, entries) : entry));
  const names = new Set(own.map(({ header }) => header.name));
  const above = directoriesAbove(own).filter(({ header }) => !names.has(header.name));
  // A hard link comes after what it names.
  const isLink = ({ header }: TarEntry) => header.type === 'link';
  const sorted = [...above, ...own].sort((one, other) => Number(isLink(one)) - Number(isLink(other)) || byName(one, other));
  const layer = { ...(await packEntries(sorted)), title: 'made by hand' };
  return packArchive({ name, entrypoint, environment, user, labels: {} }, [layer]);
}

/** Unpacking a further name gives the file that name's attributes. */
function linkTo(link: HandmadeEntry & { hardLink: string }, entries: HandmadeEntry[]): HandmadeEntry {
  const { uid, gid, mode, modified } = entries.find(({ path }) => path === link.hardLink) ?? link;
  return {
    ...link,
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && { mode }),
    ...(modified !== undefined && { modified }),
  };
}

function tarEntry(entry: HandmadeEntry): TarEntry {
  const { path, uid = 0, gid = 0, modified = epoch, attributes } = entry;
  const pax = Object.entries(attributes ?? {}).map(([name, value]) => [`SCHILY.xattr.${name}`, value]);
  const common = {
    name: inLayer(path),
    uid,
    gid,
    mtime: modified,
    size: 0,
    ...(pax.length > 0 && { pax: Object.fromEntries(pax) }),
  };
  const mode = entry.mode ?? ('directory' in entry ? 0o755 : 0o644);
  if ('content' in entry) {
    const body = Buffer.isBuffer(entry.content) ? entry.content : Buffer.from(entry.content);
    return { header: { ...common, mode, type: 'file', size: body.length }, body };
  }
  if ('directory' in entry) return { header: { ...common, name: `${common.name}/`, mode, type: 'directory' } };
  if ('symlink' in entry) return { header: { ...common, mode: 0o777, type: 'symlink', linkname: entry.symlink } };
  if ('hardLink' in entry) return { header: { ...common, mode, type: 'link', linkname: inLayer(entry.hardLink) } };
  return { header: { ...common, mode, type: 'fifo' } };
}
