/** Whether `auto` may count on image volumes: the one place where `bookend share` meets a cluster, and only when that is asked for. */
import { imageVolumesOf } from '../../image-volumes/image-volumes-of.ts';
import { dependsOnNodes } from '../../share/choose.ts';
import type { ImageVolumes, Share } from '../../share/share.ts';
import type { Surroundings } from '../surroundings.ts';
import { asLines } from '../terminal.ts';
import type { ShareFlags } from './flags.ts';

/** What is known for the Pods of this spec, as far as these shares depend on it. */
export type AskImageVolumes = (spec: Readonly<Record<string, unknown>>, shares: readonly Share[]) => Promise<ImageVolumes>;

export type Asking = { ask: AskImageVolumes; close(): Promise<void> };

/** The cluster is connected to at the first share that depends on it. */
export function imageVolumesAsked(flags: ShareFlags, surroundings: Surroundings): Asking {
  const wantsCluster = [flags.cluster, flags.probe, flags.context, flags.kubeconfig].some((flag) => flag !== undefined);
  if (!wantsCluster) return { ask: async () => nobodyAsked, close: async () => {} };
  let connected: ReturnType<Surroundings['connect']> | undefined;
  return {
    async ask(spec, shares) {
      if (!shares.some(dependsOnNodes)) return nobodyAsked;
      connected ??= surroundings.connect(flags);
      const { cluster, namespace } = await connected;
      return imageVolumesOf(cluster, spec, flags.probe ? { probe: probing(flags, namespace, surroundings) } : {});
    },
    async close() {
      await (await connected?.catch(() => undefined))?.cluster.close();
    },
  };
}

const nobodyAsked: ImageVolumes = {
  known: false,
  reason: 'no cluster was asked whether its nodes can mount images (--cluster asks)',
};

type Probing = NonNullable<NonNullable<Parameters<typeof imageVolumesOf>[2]>['probe']>;

function probing({ namespace, seedImage }: ShareFlags, ofContext: string, { clock, err }: Surroundings): Probing {
  const where = namespace ?? ofContext;
  return {
    namespace: where,
    seedImage,
    clock,
    onProbe: ({ description }) =>
      err(asLines([`Trying an image volume with a Pod in namespace ${where}, on nodes with ${description} …`])),
  };
}
