/** What the operator knows that shares need to know: the one place for ClusterOperators and the webhook. */
import { type Clock, sleep } from '../cluster/clock.ts';
import { eligibleNodes } from '../image-volumes/eligible.ts';
import type { Knowledge } from '../image-volumes/knowledge.ts';
import { poolsOf } from '../image-volumes/pools.ts';
import type { Prober } from '../image-volumes/prober.ts';
import type { ImageVolumes, ShareSettings } from '../share/share.ts';

type PodSpec = Readonly<Record<string, unknown>>;

export type OperatorShares = {
  /** Reference of the image with the copy tool. */
  seedImage: string;
  /** For a Pod that is being admitted: from memory, at once. */
  settingsOf(spec: PodSpec): ShareSettings;
  /**
   * For the workloads of a ClusterOperator, which keep what they get: waits for the first trial of a pool of nodes, as just after the operator was installed,
   * but not longer than half a minute for all of them together. Whatever is not known by then does not count.
   */
  firstTried(stop: AbortSignal): (spec: PodSpec) => Promise<ImageVolumes>;
};

/** Image volumes are never tried, and never counted on. */
export function sharesWithoutTrials(seedImage: string, reason: string): OperatorShares {
  const imageVolumes: ImageVolumes = { known: false, reason };
  return { seedImage, settingsOf: () => ({ seedImage, imageVolumes }), firstTried: () => async () => imageVolumes };
}

export function sharesWithTrials(seedImage: string, clock: Clock, knowledge: Knowledge, prober: Prober): OperatorShares {
  return {
    seedImage,
    settingsOf: (spec) => ({ seedImage, imageVolumes: knowledge.imageVolumes(spec) }),
    firstTried: (stop) => {
      const end = clock.now() + patienceMs;
      return async (spec) => {
        const isOpen = () => prober.awaits(poolsOf(eligibleNodes(knowledge.known().nodes ?? [], spec)));
        while (isOpen() && clock.now() < end && !stop.aborted) await sleep(clock, lookEveryMs);
        return knowledge.imageVolumes(spec);
      };
    },
  };
}

const patienceMs = 30_000;
const lookEveryMs = 250;
