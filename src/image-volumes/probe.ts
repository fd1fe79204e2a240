/**
 * Tries image volumes on one pool: makes the Pod, waits for what it tells, and takes it away again whatever happens.
 */
import { type Clock, sleep } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Pool } from './pools.ts';
import { hasImageVolume, type ProbeSettings, probeDeadlineMs, probeLabel, probePod } from './probe-pod.ts';
import { oneLine, type ProbeResult, resultInTheEnd, resultOf } from './probe-result.ts';

const podKind = { apiVersion: 'v1', kind: 'Pod' } as const;
const lookEveryMs = 500;

/**
 * Never fails: what went wrong is the result.
 *
 * @param signal ends it early: undefined then, as nothing was found out
 */
export async function probe(
  cluster: Cluster,
  clock: Clock,
  pool: Pool,
  settings: ProbeSettings,
  signal?: AbortSignal,
): Promise<ProbeResult | undefined> {
  const name = `${nameBase}${clock.now().toString(36)}-${pool.key.slice(-7)}`;
  let pod: KubernetesObject | undefined;
  try {
    pod = await cluster.create(probePod(pool, name, settings));
    if (!hasImageVolume(pod))
      return { outcome: 'fails', message: 'the API server drops image volumes: its feature gate ImageVolume is off' };
    return await watched(cluster, clock, pod, signal);
  } catch (error) {
    if (!pod && isCode(error, 'invalid'))
      return { outcome: 'fails', message: `the API server refuses them: ${oneLine(error.message)}` };
    return { outcome: 'unclear', message: oneLine(error instanceof BookendError ? error.message : String(error)) };
  } finally {
    await removed(cluster, clock, settings.namespace, name);
  }
}

const nameBase = 'bookend-probe-';

/** Its word, or in the end what it is waiting for. */
async function watched(
  cluster: Cluster,
  clock: Clock,
  created: KubernetesObject,
  signal: AbortSignal | undefined,
): Promise<ProbeResult | undefined> {
  const { name, namespace = '', uid } = created.metadata;
  const end = clock.now() + probeDeadlineMs;
  let last = created;
  while (clock.now() < end) {
    await sleep(clock, lookEveryMs);
    if (signal?.aborted) return undefined;
    const pod = await cluster.get({ ...podKind, namespace, name });
    if (pod?.metadata.uid !== uid) return { outcome: 'unclear', message: 'its Pod was deleted by somebody else' };
    last = pod as KubernetesObject;
    const result = resultOf(last);
    if (result) return result;
  }
  return resultInTheEnd(last);
}

/** What cannot be removed in the end is found by its label at the next start, and goes with its namespace. */
async function removed(cluster: Cluster, clock: Clock, namespace: string, name: string): Promise<void> {
  for (const waitMs of [500, 1_000, 2_000, 4_000, 0]) {
    try {
      await cluster.delete({ ...podKind, namespace, name });
      return;
    } catch (error) {
      // Whoever may not delete it will not be allowed to a moment later.
      if (isCode(error, 'forbidden', 'unauthorized', 'not-found')) return;
      if (waitMs > 0) await sleep(clock, waitMs);
    }
  }
}

/** Takes away what a process that died has left. @returns the names */
export async function removeLeftProbes(cluster: Cluster, namespace: string): Promise<string[]> {
  const { items } = await cluster.list({ ...podKind, namespace, labelSelector: probeLabel, metadataOnly: true });
  for (const { metadata } of items) {
    await cluster.delete(
      { ...podKind, namespace, name: metadata.name },
      { ...(metadata.uid !== undefined && { uid: metadata.uid }) },
    );
  }
  return items.map(({ metadata }) => metadata.name);
}
