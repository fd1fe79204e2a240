/** What is in an image archive that somebody else made, without importing it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import { run } from '../machine/command.ts';

/**
 * The absolute path of an archive.
 * @throws BookendError `bad-input` when there is no such file.
 */
export function requireArchive(tar: string): string {
  const file = resolve(tar);
  if (existsSync(file)) return file;
  throw new BookendError('bad-input', `There is no file ${file}`, { advice: 'Name an image archive (docker save, OCI layout).' });
}

/** The names of the images in an archive, as `docker save` (manifest.json) or an OCI tool (index.json) wrote them. */
export async function archivedNames(file: string): Promise<string[]> {
  const files = (await run('tar', ['--list', '--file', file])).split('\n');
  const read = async <T>(name: string) => {
    const entry = files.find((path) => path === name || path === `./${name}`);
    return entry === undefined
      ? undefined
      : (JSON.parse(await run('tar', ['--extract', '--to-stdout', '--file', file, entry])) as T);
  };
  const docker = await read<{ RepoTags?: string[] | null }[]>('manifest.json');
  if (docker) return docker.flatMap(({ RepoTags }) => RepoTags ?? []);
  const index = await read<{ manifests?: { annotations?: Record<string, string> }[] }>('index.json');
  const annotations = index?.manifests?.map((manifest) => manifest.annotations ?? {}) ?? [];
  return annotations.flatMap((names) => names['io.containerd.image.name'] ?? names['org.opencontainers.image.ref.name'] ?? []);
}
