/**
 * Tar archives that say nothing about where and when they were made: every entry belongs to root and is dated 1970.
 * What an archive of files from disk would take from there (dates, owners, the umask) would make each build another
 * image.
 */
import { packTar, type TarEntry } from 'modern-tar';

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

/** `name` ends with a slash. */
export function directoryEntry(name: string): TarEntry {
  return { header: { ...nobodys, name, type: 'directory', size: 0, mode: 0o755 } };
}

const nobodys = { mtime: epoch, uid: 0, gid: 0 };
