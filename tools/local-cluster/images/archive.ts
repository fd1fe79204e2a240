/** Makes the smallest OCI image archives: one layer of files, nothing else. For the pause image and for tests. */
import { createHash } from 'node:crypto';
import { packTar } from 'modern-tar';

export type ImageInput = {
  /** The name under which it is imported: `registry/name:tag`. */
  name: string;
  /** Absolute paths in the image, with their content; all of them executable. */
  files: Record<string, Uint8Array>;
  entrypoint: string[];
};

/**
 * An OCI image archive (oci-layout, index, manifest, configuration, one layer). The same input gives the same bytes.
 */
export async function imageArchive({ name, files, entrypoint }: ImageInput): Promise<Uint8Array> {
  const layer = await tar(Object.fromEntries(Object.entries(files).map(([path, body]) => [path.replace(/^\//, ''), body])));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const configuration = json({
    architecture,
    os: 'linux',
    config: { Entrypoint: entrypoint },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', configuration),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': name },
      },
    ],
  });
  const blobs = Object.fromEntries(
    [layer, configuration, manifest].map((blob) => [`blobs/${digest(blob).replace(':', '/')}`, blob]),
  );
  return tar({ 'oci-layout': json({ imageLayoutVersion: '1.0.0' }), 'index.json': index, ...blobs });
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function digest(blob: Uint8Array): string {
  return `sha256:${createHash('sha256').update(blob).digest('hex')}`;
}

function descriptor(mediaType: string, blob: Uint8Array) {
  return { mediaType, digest: digest(blob), size: blob.length };
}

function tar(files: Record<string, Uint8Array>): Promise<Uint8Array> {
  return packTar(
    Object.entries(files).map(([name, body]) => ({
      header: { name, size: body.length, type: 'file', mode: 0o755, mtime: new Date(0), uid: 0, gid: 0 },
      body,
    })),
  );
}
