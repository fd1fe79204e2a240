/** Image volumes in the operator: what its probes are made with, and what is counted of what they found. */
import type { Clock } from '../cluster/clock.ts';
import { coalesce } from '../cluster/coalesce.ts';
import type { Cluster } from '../cluster/port.ts';
import { findingOf } from '../image-volumes/finding.ts';
import { Knowledge } from '../image-volumes/knowledge.ts';
import type { ProbeSettings } from '../image-volumes/probe-pod.ts';
import { Prober } from '../image-volumes/prober.ts';
import { nodeSupport } from '../image-volumes/support.ts';
import { fieldAt, listOf } from '../objects/fields.ts';
import type { Log } from './log.ts';
import type { Meters } from './metrics.ts';

export type ImageVolumesContext = {
  cluster: Cluster;
  clock: Clock;
  log: Log;
  meters: Meters;
  /** This replica's Pod. */
  pod: { namespace: string; name: string };
  seedImage: string;
};

export type ImageVolumeTrials = { knowledge: Knowledge; prober: Prober; close(): Promise<void> };

/** Watches at once; tries only when the prober is started. */
export function imageVolumeTrials({ cluster, clock, log, meters, pod, seedImage }: ImageVolumesContext): ImageVolumeTrials {
  const { namespace } = pod;
  const knowledge = new Knowledge({ cluster, clock, log, namespace });
  const prober = new Prober({
    cluster,
    clock,
    log,
    knowledge,
    namespace,
    settings: () => probeSettings(cluster, pod, seedImage),
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

/** The probe's image comes with the pull Secrets of the operator's own, and the probe goes with the operator's Pod: nothing is left when that is uninstalled. */
async function probeSettings(
  cluster: Cluster,
  { namespace, name }: ImageVolumesContext['pod'],
  seedImage: string,
): Promise<Omit<ProbeSettings, 'namespace'>> {
  const own = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
  const uid = own?.metadata.uid;
  return {
    seedImage,
    imagePullSecrets: listOf(fieldAt(own, 'spec', 'imagePullSecrets')),
    ...(uid !== undefined && { owner: { apiVersion: 'v1', kind: 'Pod', name, uid } }),
  };
}

function count(knowledge: Knowledge, { imageVolumeNodes }: Meters): void {
  imageVolumeNodes.reset();
  for (const pool of knowledge.pools()) {
    const [first] = pool.nodes;
    const isExcluded = first !== undefined && !nodeSupport(first).expected;
    const outcome = isExcluded ? 'excluded' : (findingOf(knowledge.findings(), pool)?.outcome ?? 'untried');
    imageVolumeNodes.set({ pool: pool.description, outcome }, pool.nodes.length);
  }
}
