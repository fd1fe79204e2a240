/** What the operator knows that shares need to know: the one place for ClusterOperators and the webhook. */
import { type Clock, sleep } from '../cluster/clock.ts';
import { eligibleNodes, isElaborate } from '../image-volumes/eligible.ts';
import type { Knowledge } from '../image-volumes/knowledge.ts';
import { poolsOf } from '../image-volumes/pools.ts';
import type { Prober } from '../image-volumes/prober.ts';
import type { ImageVolumes } from '../share/share.ts';
import type { AdmissionData } from './admission-settings.ts';

type PodSpec = Readonly<Record<string, unknown>>;

export type OperatorShares = {
  /** Reference of the image with the copy tool. */
  seedImage: string;
  /** For Pods that are being admitted: the webhook's threads decide by it. */
  admissionData(): AdmissionData;
  /** Told whenever that is different. */
  onChange(listener: () => void): void;
  /**
   * For the workloads of a ClusterOperator, which keep what they get: waits for the first trial of a pool of nodes,
   * as just after the operator was installed, but not longer than half a minute for all of them together. Whatever
   * is not known by then does not count.
   */
  firstTried(stop: AbortSignal): (spec: PodSpec) => Promise<ImageVolumes>;
};

/** Image volumes are never tried, and never counted on. */
export function sharesWithoutTrials(seedImage: string, reason: string): OperatorShares {
  const imageVolumes: ImageVolumes = { known: false, reason };
  return {
    seedImage,
    admissionData: () => ({ seedImage, imageVolumes: { always: imageVolumes } }),
    onChange: () => undefined,
    firstTried: () => async () => imageVolumes,
  };
}

export function sharesWithTrials(seedImage: string, clock: Clock, knowledge: Knowledge, prober: Prober): OperatorShares {
  return {
    seedImage,
    admissionData: () => ({ seedImage, imageVolumes: { known: knowledge.known() } }),
    onChange: (listener) => void knowledge.onChange(listener),
    firstTried: (stop) => {
      const end = clock.now() + patienceMs;
      return async (spec) => {
        const isOpen = () => !isElaborate(spec) && prober.awaits(poolsOf(eligibleNodes(knowledge.known().nodes ?? [], spec)));
        while (isOpen() && clock.now() < end && !stop.aborted) await sleep(clock, lookEveryMs);
        return knowledge.imageVolumes(spec);
      };
    },
  };
}

const patienceMs = 30_000;
const lookEveryMs = 250;
