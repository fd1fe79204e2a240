/**
 * Puts layers together into an image, and the image into one archive that every tool reads.
 *
 * The archive is an OCI image layout (containerd's `ctr images import`, registries, skopeo, Podman) and at the same
 * time what `docker save` writes (`manifest.json`): both point at the same blobs, so that being understood twice costs
 * 300 bytes. In index.json `io.containerd.image.name` is the name that containerd and Docker give to the image, and
 * `org.opencontainers.image.ref.name` the reference that OCI tools ask for. Sources: OCI image-spec 1.1 "Image Layout",
 * "Annotations".
 */
import type { Architecture } from './debian/lock.ts';
import { digestOf, epoch, fileEntry, type Layer, tar } from './layer.ts';

export type ImageConfig = {
  /** With registry and tag: `registry.bookend.dev/bookend:0.1.0`. */
  name: string;
  entrypoint: string[];
  environment: Record<string, string>;
  /** `UID:GID`, in numbers: only those can Kubernetes check for `runAsNonRoot`. */
  user: string;
  labels: Record<string, string>;
  /** What its programs run on; this machine by default. */
  architecture?: Architecture;
};

/** A layer, and what the history of the image says that it is. */
export type TitledLayer = Layer & { title: string };

export type Archive = {
  /** Digest of the manifest: what a registry calls the image. */
  digest: string;
  content: Buffer;
};

/** Of this machine, as `GOARCH` names it. */
export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** The archive of the image made of `layers`, from the lowest to the topmost. The same input gives the same bytes. */
export async function packArchive(config: ImageConfig, layers: TitledLayer[]): Promise<Archive> {
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
        platform: { os: 'linux', architecture: config.architecture ?? ownArchitecture },
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
    content: await tar([
      fileEntry('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
      fileEntry('index.json', JSON.stringify(index)),
      fileEntry('manifest.json', JSON.stringify(forDocker)),
      fileEntry(blobPath(digest), manifest),
      fileEntry(blobPath(digestOf(configJson)), configJson),
      ...layers.map((layer) => fileEntry(blobPath(layer.digest), layer.blob)),
    ]),
  };
}

function imageConfig(config: ImageConfig, layers: TitledLayer[]): unknown {
  const created = epoch.toISOString();
  return {
    created,
    architecture: config.architecture ?? ownArchitecture,
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

/** Where a blob lies in a layout. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
