/**
 * A list of the images, for those who copy them to a registry of their own. crane, containerd and Docker take a line as
 * it is; skopeo takes no tag beside a digest (docs/how-to/verify-a-release.md, "Mirrors").
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { registry } from '../image/images.ts';
import { type Artifact, writeArtifact } from './artifact.ts';
import type { ReleasedImage } from './charts.ts';

/**
 * One line per image: name, tag, and the digest of the index for all architectures.
 * @throws BookendError `internal` when the chart uses an image that is not in the list.
 */
export function packImageList(out: string, version: string, images: readonly ReleasedImage[]): Artifact {
  const names = new Set(images.map(({ name }) => `${name}:${version}`));
  const used = readFileSync(join(out, 'install.yaml'), 'utf8').match(new RegExp(`${registry}/[^\\s"'@]+`, 'g')) ?? [];
  const unlisted = used.find((name) => !names.has(name));
  if (unlisted !== undefined) throw new BookendError('internal', `install.yaml uses ${unlisted}, which is not released`);
  const lines = images.map(({ name, digest }) => `${name}:${version}@${digest}\n`);
  const artifact = writeArtifact(out, 'images.txt', lines.join(''));
  artifact.verified.push(`the ${new Set(used).size} images of install.yaml`);
  return artifact;
}
