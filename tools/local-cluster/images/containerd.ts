/** Brings image archives into a cluster's containerd, where the kubelet finds them. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pauseImage } from '../configuration/runtime.ts';
import type { Specification } from '../configuration/specification.ts';
import { run } from '../machine/command.ts';
import { imageArchive } from './archive.ts';
import { requireArchive } from './archived.ts';

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
  writeFileSync(file, await imageArchive({ name: pauseImage, files: { '/pause': pause }, entrypoint: ['/pause'] }));
  await importImage(specification, file);
  rmSync(file);
}
