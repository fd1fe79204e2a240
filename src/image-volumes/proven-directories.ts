/**
 * Which sources of shares are directories: a Pod mounts each as an image volume, which the runtime refuses for a
 * file. For a program that is asked to try it (`--probe`), in a namespace of the user: an operator must not pull
 * images for whoever names them.
 */
import type { Cluster } from '../cluster/port.ts';
import { listOf, textOf } from '../objects/fields.ts';
import { chooseMode, directoryKey, imageOf, saysDirectory } from '../share/choose.ts';
import type { Share, Source } from '../share/share.ts';
import { cleanPath, containerNamed } from '../share/spec.ts';
import { eligibleNodes } from './eligible.ts';
import type { ImageVolumesOptions } from './image-volumes-of.ts';
import { factsOf } from './node.ts';
import { poolsOf } from './pools.ts';
import { probe } from './probe.ts';

type PodSpec = Readonly<Record<string, unknown>>;

/**
 * Tries each source on which the choice of a mode depends, once. What cannot be tried is not proved.
 *
 * @returns for `ShareSettings.directories`
 */
export async function provenDirectories(
  cluster: Cluster,
  spec: PodSpec,
  shares: readonly Share[],
  { clock, signal, onProbe, ...settings }: NonNullable<ImageVolumesOptions['probe']>,
): Promise<ReadonlySet<string>> {
  const sources = new Map(shares.flatMap((share) => unprovenSource(spec, share)));
  const proven = new Set<string>();
  if (sources.size === 0) return proven;
  const nodes = (await cluster.list({ apiVersion: 'v1', kind: 'Node' })).items.map(factsOf);
  const [pool] = poolsOf(eligibleNodes(nodes, spec));
  if (!pool) return proven;
  for (const [key, { image, from }] of sources) {
    onProbe?.(pool);
    const shows = { image, path: cleanPath(from.path).slice(1), ...pullPolicyOf(spec, from) };
    const imagePullSecrets = listOf(spec.imagePullSecrets);
    const result = await probe(cluster, clock, pool, { ...settings, imagePullSecrets, shows }, signal);
    if (result?.outcome === 'works') proven.add(key);
  }
  return proven;
}

/** By its key; empty where nothing depends on whether it is a directory. */
function unprovenSource(spec: PodSpec, share: Share): [string, { image: string; from: Source }][] {
  const { from } = share;
  const image = from && imageOf(spec, from);
  if (!from || image === undefined || saysDirectory(from)) return [];
  const key = directoryKey(image, from.path);
  const settings = { seedImage: '', imageVolumes: { known: true } as const, directories: new Set([key]) };
  return chooseMode(spec, share, settings).mode === 'image' && share.mode !== 'image' ? [[key, { image, from }]] : [];
}

function pullPolicyOf(spec: PodSpec, from: Source): { pullPolicy?: string } {
  const policy = 'container' in from ? textOf(containerNamed(spec, from.container)?.container.imagePullPolicy) : undefined;
  return policy === undefined ? {} : { pullPolicy: policy };
}
