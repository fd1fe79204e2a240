/** The base layer, compressed and kept: Node takes seconds to compress and changes a few times a year. */
import { readFileSync } from 'node:fs';
import type { TitledLayer } from './archive.ts';
import type { Base } from './base.ts';
import { payloadPath, prune, recall, remember } from './cache.ts';
import { digestOfFiles } from './inputs.ts';
import { digestOf, type LayerDescriptor, packLayer } from './layer.ts';

export type Keeping = {
  /** What `recipeDigest` gives. */
  recipe: string;
  /** The directory that layers are kept in. */
  cache: string;
  progress: (line: string) => void;
};

/** The layer of `base`, from the cache or made now. */
export async function storedBaseLayer(base: Base, { recipe, cache, progress }: Keeping): Promise<TitledLayer> {
  const file = payloadPath(cache, 'base-node', digestOf(recipe + base.inputs), '.layer');
  const title = 'Node and the libraries that it needs';
  const found = recall<LayerDescriptor & { bytes: number }>(file);
  const blob = found && readFileSync(file);
  if (found && blob && digestOf(blob) === found.digest) return { ...found, title, blob };
  progress('Node: stripping and compressing, once for this version …');
  const layer = await packLayer(base.files());
  const { blob: content, ...descriptor } = layer;
  remember(file, content, descriptor);
  prune(cache, 'base-node', '.layer');
  return { ...layer, title };
}

/** Changes with the sources of this folder: what they make may then be different, too. */
export function recipeDigest(): string {
  return digestOfFiles(import.meta.dirname, ['.']);
}
