/**
 * Builds those images that are not in the cache as they should be. Three things are looked at, from cheap to dear:
 * whether the finished archive is there, whether the base layer is there (Node takes seconds to compress and rarely
 * changes), and only then Node itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { ownArchitecture, packArchive, type TitledLayer } from './archive.ts';
import { type Base, debianSurroundings, nodeBase, nonroot, recipeDigest, type Surroundings, storedBaseLayer } from './base.ts';
import { repository } from './bundle.ts';
import { cacheDirectory, payloadPath, prune, recall, remember } from './cache.ts';
import type { Architecture } from './debian/lock.ts';
import { type ImageRecipe, images, registry } from './images.ts';
import { digestOfFiles } from './inputs.ts';
import { digestOf, packLayer } from './layer.ts';
import { nodeProgram } from './node.ts';

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
  surroundings?: Surroundings;
  cache?: string;
  /** What the images run on; this machine by default. */
  architecture?: Architecture;
};

type ArchiveRecord = { digest: string; unpackedSize: number; bytes: number };

/** What all images of one run share. */
type Workshop = Required<Omit<BuildOptions, 'recipes' | 'node' | 'surroundings'>> & {
  base: Base;
  version: string;
  recipe: string;
};

/**
 * All our images as archives that `ctr images import`, `docker load` and OCI tools read. Takes a fraction of a second
 * when nothing changed since the last build. The archives stay in the user's cache (`$XDG_CACHE_HOME/bookend/images`).
 * @param options.progress Called with lines for people: what is being built, how long it took, how large it is.
 * @throws BookendError `bad-input` when a source is missing, `unsupported` when this machine lacks Node or its
 * libraries.
 */
export async function buildImages(options: BuildOptions = {}): Promise<BuiltImage[]> {
  const { progress = () => {}, root = repository, recipes = images, cache = cacheDirectory() } = options;
  const architecture = options.architecture ?? ownArchitecture;
  const node = options.node ?? (await nodeProgram(architecture, { cache, progress }));
  const surroundings = options.surroundings ?? debianSurroundings(architecture, { cache, progress });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const base = nodeBase(node, surroundings);
  const workshop: Workshop = { progress, root, cache, version, architecture, base, recipe: recipeDigest() };
  const built: BuiltImage[] = [];
  for (const image of recipes) {
    const name = `${registry}/${image.repository}:${version}`;
    if (existsSync(join(root, image.needs))) {
      built.push(await upToDate(workshop, name, image));
    } else if (image.optional) {
      progress(`${name}: left out, there is no ${image.needs}`);
    } else {
      throw new BookendError('bad-input', `cannot build ${name}: ${join(root, image.needs)} does not exist`, {
        advice: 'Build from a complete checkout.',
      });
    }
  }
  return built;
}

async function upToDate(workshop: Workshop, name: string, image: ImageRecipe): Promise<BuiltImage> {
  const { cache, progress, root, base, recipe, architecture } = workshop;
  const below = image.base === 'node' ? base.inputs : '';
  const compiler = (await image.compiler?.(root)) ?? '';
  const inputs = digestOf(
    JSON.stringify([recipe, name, architecture, image, below, compiler, digestOfFiles(root, image.inputs)]),
  );
  const cacheName = `image-${image.repository.replaceAll('/', '-')}`;
  const tar = payloadPath(cache, cacheName, inputs, '.tar');
  const found = recall<ArchiveRecord>(tar);
  const started = performance.now();
  const record = found ?? (await make(workshop, name, image, tar));
  const how = found ? 'up to date' : `built in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  progress(`${name}: ${how}, ${megabytes(record.bytes)} compressed, ${megabytes(record.unpackedSize)} unpacked`);
  if (!found) prune(cache, cacheName, '.tar');
  return { name, tar, digest: record.digest, bytes: record.bytes };
}

async function make(workshop: Workshop, name: string, image: ImageRecipe, tar: string): Promise<ArchiveRecord> {
  const { progress, root, base, version, architecture } = workshop;
  progress(`${name}: building …`);
  const onNode = image.base === 'node';
  const top = { ...(await packLayer(await image.files(root, version, architecture))), title: image.title };
  const layers: TitledLayer[] = onNode ? [await storedBaseLayer(base, workshop), top] : [top];
  const { digest, content } = await packArchive(
    {
      name,
      architecture,
      entrypoint: image.entrypoint,
      environment: { PATH: '/usr/bin', HOME: '/', ...(onNode && { NODE_ENV: 'production' }) },
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
  return remember(tar, content, { digest, unpackedSize });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
