/**
 * Finds out whether `auto` may use image volumes. Only here `bookend share` uses a cluster, and only on request.
 */
import { imageVolumesOf } from '../../image-volumes/image-volumes-of.ts';
import { provenDirectories } from '../../image-volumes/proven-directories.ts';
import { dependsOnNodes, directoryKey, imageOf } from '../../share/choose.ts';
import type { ImageVolumes, Share, ShareSettings } from '../../share/share.ts';
import type { Invocation } from '../invocation.ts';
import { asLines } from '../terminal.ts';
import type { ShareFlags } from './request.ts';

/** What is known for the Pods of this spec, as far as these shares depend on it. */
export type AskImageVolumes = (spec: PodSpec, shares: readonly Share[]) => Promise<Known>;

type PodSpec = Readonly<Record<string, unknown>>;
type Known = Pick<ShareSettings, 'imageVolumes' | 'directories'>;

export type Asking = { ask: AskImageVolumes; close(): Promise<void> };

/** The cluster is connected to at the first share that depends on it. */
export function imageVolumesAsked(flags: ShareFlags, invocation: Invocation): Asking {
  const wantsCluster = [flags.cluster, flags.probe, flags.context, flags.kubeconfig].some((flag) => flag !== undefined);
  if (!wantsCluster) return { ask: async () => ({ imageVolumes: nobodyAsked }), close: async () => {} };
  let connected: ReturnType<Invocation['connect']> | undefined;
  const directories = new Set<string>();
  const tried = new Set<string>();
  return {
    async ask(spec, shares) {
      if (!shares.some(dependsOnNodes)) return { imageVolumes: nobodyAsked };
      connected ??= invocation.connect(flags);
      const { cluster, namespace } = await connected;
      if (!flags.probe) return { imageVolumes: await imageVolumesOf(cluster, spec, {}) };
      const imageVolumes = await imageVolumesOf(cluster, spec, { probe: probing(flags, namespace, invocation) });
      if (!imageVolumes.known) return { imageVolumes };
      const open = shares.filter((share) => !tried.has(keyOf(spec, share)));
      const trial = probing(flags, namespace, invocation, 'whether a source is a directory');
      for (const key of await provenDirectories(cluster, spec, open, trial)) directories.add(key);
      for (const share of open) tried.add(keyOf(spec, share));
      return { imageVolumes, directories };
    },
    async close() {
      await (await connected?.catch(() => undefined))?.cluster.close();
    },
  };
}

function keyOf(spec: PodSpec, { from }: Share): string {
  return from ? directoryKey(imageOf(spec, from) ?? '', from.path) : '';
}

const nobodyAsked: ImageVolumes = {
  known: false,
  reason: 'no cluster was asked whether its nodes can mount images (--cluster asks)',
};

type Probing = NonNullable<NonNullable<Parameters<typeof imageVolumesOf>[2]>['probe']>;

function probing(
  { namespace, seedImage }: ShareFlags,
  ofContext: string,
  { clock, err }: Invocation,
  what = 'an image volume',
): Probing {
  const where = namespace ?? ofContext;
  return {
    namespace: where,
    seedImage,
    clock,
    onProbe: ({ description }) =>
      err(asLines([`Trying ${what} with a Pod in namespace ${where}, on nodes with ${description} …`])),
  };
}
