/**
 * Archives of directories that are the same on every machine: sorted, owned by root, dated 1970. `helm package` would
 * write the current time into them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesUnder, isExecutable } from '../image/inputs.ts';
import { fileEntry, tar } from '../image/layer.ts';

export type ArchivedFile = { name: string; content: Buffer | string; executable?: boolean };

/** The files below a directory; their names start with `prefix`. */
export function filesOf(root: string, directory: string, prefix: string): ArchivedFile[] {
  return filesUnder(root, directory).map((file) => ({
    name: join(prefix, file.slice(directory.length)),
    content: readFileSync(join(root, file)),
    executable: isExecutable(join(root, file)),
  }));
}

export async function tarball(files: readonly ArchivedFile[]): Promise<Buffer> {
  const sorted = [...files].sort((one, other) => (one.name < other.name ? -1 : 1));
  return gzipSync(await tar(sorted.map(({ name, content, executable }) => fileEntry(name, content, executable))), { level: 9 });
}
