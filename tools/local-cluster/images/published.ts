/** The images that this project publishes, built and ready to be loaded into a cluster. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../progress.ts';

/** An image as an archive. */
export type BuiltImage = { name: string; tar: string; digest: string; bytes: number };

type Builder = { buildImages(options: { progress: (line: string) => void }): Promise<BuiltImage[]> };

/** Builds the images that are stale and gives all of them; none in a checkout that has no images. */
export async function publishedImages(progress: Progress): Promise<BuiltImage[]> {
  const builder = new URL('../../image/index.ts', import.meta.url);
  if (!existsSync(fileURLToPath(builder))) return [];
  const { buildImages } = (await import(builder.href)) as Builder;
  return buildImages({ progress: (line) => progress.line(line) });
}
