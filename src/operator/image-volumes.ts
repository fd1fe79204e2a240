/** Image volumes in the operator: what its probes are made with, and what is counted of what they found. */
import type { Clock } from '../cluster/clock.ts';
import { coalesce } from '../cluster/coalesce.ts';
import type { Cluster } from '../cluster/port.ts';
import { findingOf } from '../image-volumes/finding.ts';
import { Knowledge } from '../image-volumes/knowledge.ts';
import { Prober } from '../image-volumes/prober.ts';
import { nodeSupport } from '../image-volumes/support.ts';
import type { Log } from '../log.ts';
import type { Meters } from './metrics.ts';

export type ImageVolumesContext = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  meters: Meters;
  /** Of the operator. */
  namespace: string;
  probes: ProbeOptions;
  seedImage: string;
};

/**
 * The Pods that try image volumes have a namespace of their own, which enforces Pod Security restricted and has no
 * account with rights.
 */
export type ProbeOptions = {
  namespace: string;
  /** Names of Secrets there. */
  pullSecrets: readonly string[];
};

/** The account of those Pods, which the chart makes. */
const probeAccount = 'bookend-probe';

export type ImageVolumeTrials = { knowledge: Knowledge; prober: Prober; close(): Promise<void> };

/** Watches at once; tries only when the prober is started. */
export function imageVolumeTrials({
  cluster,
  clock,
  log,
  meters,
  namespace,
  probes,
  seedImage,
}: ImageVolumesContext): ImageVolumeTrials {
  const knowledge = new Knowledge({ cluster, clock, log, namespace });
  const prober = new Prober({
    cluster,
    clock,
    log,
    knowledge,
    namespace,
    probeNamespace: probes.namespace,
    settings: {
      seedImage,
      imagePullSecrets: probes.pullSecrets.map((name) => ({ name })),
      serviceAccountName: probeAccount,
    },
    onProbe: ({ outcome }) => meters.imageVolumeProbes.inc({ outcome }),
  });
  const counting = coalesce(clock, countEveryMs, () => count(knowledge, meters));
  knowledge.onChange(() => counting.soon());
  return {
    knowledge,
    prober,
    close: async () => {
      counting.close();
      await prober.close();
      knowledge.close();
    },
  };
}

const countEveryMs = 1_000;

function count(knowledge: Knowledge, { imageVolumeNodes }: Meters): void {
  imageVolumeNodes.reset();
  for (const pool of knowledge.pools()) {
    const [first] = pool.nodes;
    const isExcluded = first !== undefined && !nodeSupport(first).expected;
    const outcome = isExcluded ? 'excluded' : (findingOf(knowledge.findings(), pool)?.outcome ?? 'untried');
    imageVolumeNodes.set({ pool: pool.description, outcome }, pool.nodes.length);
  }
}
