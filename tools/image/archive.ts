/**
 * Puts layers together into an image, and the image into one archive that every tool reads.
 *
 * The archive is an OCI image layout (containerd's `ctr images import`, registries, skopeo, Podman) and at the same time what
 * `docker save` writes (`manifest.json`): both point at the same blobs, so that being understood twice costs 300 bytes.
 * In index.json `io.containerd.image.name` is the name that containerd and Docker give to the image, and
 * `org.opencontainers.image.ref.name` the reference that OCI tools ask for. Sources: OCI image-spec 1.1 "Image Layout", "Annotations".
 */
import { packTar, type TarSource } from 'modern-tar/fs';
import { digestOf, epoch, type LayerDescriptor } from './layer.ts';

export type ImageConfig = {
  /** With registry and tag: `registry.bookend.dev/bookend:0.1.0`. */
  name: string;
  architecture: string;
  entrypoint: string[];
  environment: Record<string, string>;
  /** `UID:GID`, in numbers: only those can Kubernetes check for `runAsNonRoot`. */
  user: string;
  labels: Record<string, string>;
};

/** A layer, its blob in memory or in a file. */
export type StoredLayer = LayerDescriptor & { title: string; blob: Buffer | { file: string } };

export type Image = {
  /** Digest of the manifest: what a registry calls the image. */
  digest: string;
  /** The archive's entries, in order. */
  entries: TarSource[];
};

/** Describes the image made of `layers`, from the lowest to the topmost. */
export function assemble(config: ImageConfig, layers: StoredLayer[]): Image {
  const configJson = JSON.stringify(imageConfig(config, layers));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(configJson),
      size: Buffer.byteLength(configJson),
    },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    annotations: config.labels,
  });
  const digest = digestOf(manifest);
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest,
        size: Buffer.byteLength(manifest),
        platform: { os: 'linux', architecture: config.architecture },
        annotations: {
          'io.containerd.image.name': config.name,
          'org.opencontainers.image.ref.name': config.name.slice(config.name.lastIndexOf(':') + 1),
        },
      },
    ],
  };
  const forDocker = [
    { Config: blobPath(digestOf(configJson)), RepoTags: [config.name], Layers: layers.map((layer) => blobPath(layer.digest)) },
  ];
  return {
    digest,
    entries: [
      content('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
      content('index.json', JSON.stringify(index)),
      content('manifest.json', JSON.stringify(forDocker)),
      content(blobPath(digest), manifest),
      content(blobPath(digestOf(configJson)), configJson),
      ...layers.map((layer) =>
        Buffer.isBuffer(layer.blob) ? content(blobPath(layer.digest), layer.blob) : file(blobPath(layer.digest), layer.blob.file),
      ),
    ],
  };
}

/** The archive as a stream of bytes; the same entries give the same bytes. */
export function packArchive(entries: TarSource[]): NodeJS.ReadableStream {
  return packTar(entries, { map: (header) => ({ ...header, mtime: epoch, uid: 0, gid: 0, uname: '', gname: '', mode: 0o644 }) });
}

function imageConfig(config: ImageConfig, layers: StoredLayer[]): unknown {
  const created = epoch.toISOString();
  return {
    created,
    architecture: config.architecture,
    os: 'linux',
    config: {
      User: config.user,
      Env: Object.entries(config.environment).map(([name, value]) => `${name}=${value}`),
      Entrypoint: config.entrypoint,
      WorkingDir: '/',
      Labels: config.labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((layer) => ({ created, created_by: layer.title })),
  };
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function content(target: string, bytes: Buffer | string): TarSource {
  return { type: 'content', target, content: bytes };
}

function file(target: string, source: string): TarSource {
  return { type: 'file', target, source };
}
