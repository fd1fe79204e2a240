/**
 * Opens a Debian package: an `ar` archive with one tar for what dpkg knows about it and one for its files (deb(5)).
 * `dpkg-deb` does the same, on machines with dpkg.
 */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import xz from 'xz-decompress';
import { BookendError } from '../../../src/errors.ts';
import type { LayerEntry } from '../layer.ts';

export type OpenedPackage = {
  /** What `dpkg -s` prints, but for the line Status. */
  control: string;
  /** MD5 of each file, as the package lists them; scanners read it. */
  md5sums: string;
  /** Its files and symbolic links, with absolute paths. */
  files: LayerEntry[];
};

const archiveStart = '!<arch>\n';
const headerSize = 60;

export async function openPackage(name: string, deb: Buffer): Promise<OpenedPackage> {
  const members = membersOf(name, deb);
  const [control, data] = await Promise.all(['control', 'data'].map((part) => tarOf(name, members, part)));
  const about = (file: string) => control?.find((entry) => entry.path === `/${file}`);
  const text = (entry: LayerEntry | undefined) => (entry && 'content' in entry ? entry.content.toString() : '');
  return { control: text(about('control')), md5sums: text(about('md5sums')), files: data ?? [] };
}

/** The members by name. A header has the name in 16 bytes and the size in decimal at 48; content is padded to even. */
function membersOf(name: string, deb: Buffer): Map<string, Buffer> {
  if (deb.toString('latin1', 0, archiveStart.length) !== archiveStart) {
    throw new BookendError('bad-input', `${name} is not a Debian package: it does not start as an ar archive`);
  }
  const members = new Map<string, Buffer>();
  for (let at = archiveStart.length; at + headerSize <= deb.length; ) {
    const size = Number.parseInt(deb.toString('latin1', at + 48, at + 58), 10);
    const start = at + headerSize;
    members.set(
      deb
        .toString('latin1', at, at + 16)
        .trim()
        .replace(/\/$/, ''),
      deb.subarray(start, start + size),
    );
    at = start + size + (size % 2);
  }
  return members;
}

async function tarOf(name: string, members: Map<string, Buffer>, part: string): Promise<LayerEntry[]> {
  const [member = '', content] = [...members].find(([title]) => title.startsWith(`${part}.tar`)) ?? [];
  if (!content) throw new BookendError('bad-input', `${name} is not a complete Debian package: it has no ${part}.tar`);
  const entries = await unpackTar(await decompressed(member, content));
  return entries.flatMap(({ header, data }): LayerEntry[] => {
    const path = header.name.replace(/^\.?\/*/, '/');
    if (header.type === 'symlink') return [{ path, link: header.linkname ?? '' }];
    return header.type === 'file'
      ? [{ path, content: Buffer.from(data ?? []), executable: ((header.mode ?? 0) & 0o100) !== 0 }]
      : [];
  });
}

async function decompressed(member: string, content: Buffer): Promise<Buffer> {
  if (member.endsWith('.gz')) return gunzipSync(content);
  if (member.endsWith('.zst')) return zstdDecompressSync(content);
  if (!member.endsWith('.xz')) return content;
  const compressed = Readable.toWeb(Readable.from([content])) as ReadableStream<Uint8Array>;
  return buffer(new xz.XzReadableStream(compressed) as unknown as AsyncIterable<Uint8Array>);
}
