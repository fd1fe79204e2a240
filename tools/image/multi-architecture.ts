/**
 * Joins the images of several architectures into one: an OCI index, from which each node picks its own. The image of an
 * architecture keeps the digest that it has alone, so that what the tests load is what a release contains.
 *
 * Version, commit and date are annotations of the index only: a commit that changes no source changes no image.
 * Source: OCI image-spec 1.1 "Image Index".
 */
import { readFileSync } from 'node:fs';
import { unpackTar } from 'modern-tar';
import { blobPath } from './archive.ts';
import type { Architecture } from './debian/lock.ts';
import { digestOf, fileEntry, tar } from './layer.ts';

type Blob = { mediaType: string; digest: string; content: Buffer };

export type MultiArchitectureImage = {
  /** Digest of the index: what a registry calls the image. */
  digest: string;
  /** An OCI image layout as a tar archive. */
  archive: Buffer;
  /** Everything that a registry must have, the index last. */
  blobs: Blob[];
};

type Descriptor = { mediaType: string; digest: string; size: number };
const indexType = 'application/vnd.oci.image.index.v1+json';

/** @param images The archives that `buildImages` writes. The same input gives the same bytes. */
export async function joinArchitectures(
  images: { architecture: Architecture; tar: string; digest: string }[],
  tag: string,
  annotations: Record<string, string>,
): Promise<MultiArchitectureImage> {
  const blobs = new Map<string, Blob>();
  const manifests: unknown[] = [];
  for (const { architecture, tar: file, digest } of images) {
    const entries = new Map(
      (await unpackTar(readFileSync(file))).map(({ header, data }) => [header.name, Buffer.from(data ?? [])]),
    );
    const read = (wanted: string) => entries.get(blobPath(wanted)) ?? Buffer.alloc(0);
    const manifest = JSON.parse(read(digest).toString()) as { mediaType: string; config: Descriptor; layers: Descriptor[] };
    for (const part of [...manifest.layers, manifest.config]) blobs.set(part.digest, { ...part, content: read(part.digest) });
    blobs.set(digest, { mediaType: manifest.mediaType, digest, content: read(digest) });
    manifests.push({ mediaType: manifest.mediaType, digest, size: read(digest).length, platform: { architecture, os: 'linux' } });
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests, annotations }));
  const digest = digestOf(index);
  blobs.set(digest, { mediaType: indexType, digest, content: index });
  const layout = {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ mediaType: indexType, digest, size: index.length, annotations: { 'org.opencontainers.image.ref.name': tag } }],
  };
  const archive = await tar([
    fileEntry('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
    fileEntry('index.json', JSON.stringify(layout)),
    ...[...blobs.values()].map((blob) => fileEntry(blobPath(blob.digest), blob.content)),
  ]);
  return { digest, archive, blobs: [...blobs.values()] };
}
