/** Brings image archives into a cluster's containerd, where the kubelet finds them. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import { writeHandmadeImage } from '../../image/handmade.ts';
import { pauseImage } from '../configuration/runtime.ts';
import type { Specification } from '../configuration/specification.ts';
import { run } from '../machine/command.ts';

/**
 * Imports an OCI or Docker image archive.
 * @returns the names of the images in it.
 * @throws BookendError `bad-input` when the file is missing or no image archive.
 */
export async function importImage({ paths }: Pick<Specification, 'paths'>, tar: string): Promise<string[]> {
  const file = requireArchive(tar);
  const said = await run(join(paths.bin, 'ctr'), ['images', 'import', file], {
    advice: `Check that ${file} is an image archive as \`docker save\` or an OCI tool writes it, and that it holds an image for this machine.`,
  });
  return importedNames(said);
}

/** What `ctr images import` says it has imported. */
export function importedNames(said: string): string[] {
  const names = said
    .split('\n')
    .flatMap(
      (line) =>
        /^(?:unpacking )?(\S+)\s+(?:saved|\(sha256:[0-9a-f]+\)|imported)/.exec(line.replaceAll(escapeSequence, '').trim())?.[1] ??
        [],
    );
  return [...new Set(names)];
}

const escapeSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** The digests of the images that containerd has, by name. */
export async function imageDigests({ paths }: Pick<Specification, 'paths'>): Promise<Map<string, string>> {
  const table = await run(join(paths.bin, 'ctr'), ['images', 'list']);
  // NAME TYPE DIGEST SIZE …; a name or digest has no blanks.
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/));
  return new Map(rows.flatMap(([name, , digest]) => (name && digest ? [[name, digest] as const] : [])));
}

/** Makes sure that the image is there without which no Pod can start. */
export async function ensurePauseImage(specification: Specification): Promise<void> {
  if ((await imageDigests(specification)).has(pauseImage)) return;
  const pause = readFileSync(`${specification.programs.pause}/pause`);
  const file = join(specification.paths.runtime, 'pause.tar');
  const entries = [{ path: '/pause', content: pause, mode: 0o755 }];
  await writeHandmadeImage(file, { name: pauseImage, entries, entrypoint: ['/pause'] });
  await importImage(specification, file);
  rmSync(file);
}

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
