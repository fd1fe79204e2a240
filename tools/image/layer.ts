/**
 * A layer of an image: files, packed so that the same files always give the same bytes.
 *
 * Nothing of the machine gets in: entries are sorted by path, owned by root, dated 1970, and their parent directories
 * are made here.
 *
 * Why gzip and not Zstandard: Zstandard (level 12) makes Node and its libraries 36 MB instead of 45 MB, and containerd,
 * CRI-O, Podman and Docker since 23 read it. Docker 20.10 does not: `docker load` ends with "invalid tar header", and
 * it is the Docker of Debian 12 and of many a laptop. An image that everything reads is worth nine megabytes which each
 * node fetches once. Level 6, because level 9 saves another 0.1 MB and takes two and a half times as long.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';

/** One file of a layer; directories above it come by themselves. */
export type LayerFile = {
  /** Absolute path in the container. */
  path: string;
  content: Buffer | string;
  executable?: boolean;
};

/** A symbolic link; `link` is written into it as it is. */
type LayerLink = { path: string; link: string };
export type LayerEntry = LayerFile | LayerLink;

/** What manifests say of a layer. */
export type LayerDescriptor = {
  mediaType: string;
  /** Digest and size in bytes of the compressed layer. */
  digest: string;
  size: number;
  /** Digest and size in bytes of the tar within. */
  diffId: string;
  unpackedSize: number;
};

export type Layer = LayerDescriptor & { blob: Buffer };

const layerMediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Packs and compresses `files`. */
export async function packLayer(files: LayerEntry[]): Promise<Layer> {
  const entries = files.map((file) =>
    'link' in file ? linkEntry(inLayer(file.path), file.link) : fileEntry(inLayer(file.path), file.content, file.executable),
  );
  return packEntries([...directoriesAbove(entries), ...entries].sort(byName));
}

/** Packs and compresses entries of a tar archive, in this order. */
export async function packEntries(entries: TarEntry[]): Promise<Layer> {
  const unpacked = await tar(entries);
  const blob = await promisify(gzip)(unpacked, { level: 6 });
  return {
    mediaType: layerMediaType,
    digest: digestOf(blob),
    size: blob.length,
    diffId: digestOf(unpacked),
    unpackedSize: unpacked.length,
    blob,
  };
}

/** The digest of `content` as OCI writes it. */
export function digestOf(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The directories that entries lie in, each once. */
export function directoriesAbove(entries: TarEntry[]): TarEntry[] {
  const names = new Set<string>();
  for (const { header } of entries) {
    const steps = header.name.replace(/\/$/, '').split('/');
    for (let depth = 1; depth < steps.length; depth++) names.add(`${steps.slice(0, depth).join('/')}/`);
  }
  return [...names].map(directoryEntry);
}

/** Layers name files relative to the root. */
export function inLayer(path: string): string {
  return path.replace(/^\/+/, '');
}

/** By code unit, so that no locale changes the order; `a/` comes before `a/b`. */
export function byName(one: TarEntry, other: TarEntry): number {
  return one.header.name < other.header.name ? -1 : 1;
}

// Tar archives that say nothing about where and when they were made: every entry belongs to root and is dated 1970.
// What an archive of files from disk would take from there (dates, owners, the umask) would make each build another
// image.

/** The date of everything in an image. */
export const epoch = new Date(0);

/** The archive of these entries, in this order. */
export async function tar(entries: TarEntry[]): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = await packTar(entries);
  return Buffer.from(buffer, byteOffset, byteLength);
}

export function fileEntry(name: string, content: Buffer | string, executable = false): TarEntry {
  const body = Buffer.isBuffer(content) ? content : Buffer.from(content);
  return { header: { ...nobodys, name, type: 'file', size: body.length, mode: executable ? 0o755 : 0o644 }, body };
}

function linkEntry(name: string, linkname: string): TarEntry {
  return { header: { ...nobodys, name, type: 'symlink', size: 0, mode: 0o777, linkname } };
}

/** `name` ends with a slash. */
function directoryEntry(name: string): TarEntry {
  return { header: { ...nobodys, name, type: 'directory', size: 0, mode: 0o755 } };
}

const nobodys = { mtime: epoch, uid: 0, gid: 0 };
