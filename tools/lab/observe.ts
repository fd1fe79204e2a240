/** Waiting for a cluster, and looking at it the way a bystander would. */
import type { Cluster, Query } from '../../src/cluster/port.ts';
import { mapOf, textOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';

/**
 * Long enough for a machine that does much else at the same time: what is asserted is the order and the outcome, never
 * the time.
 */
export const patienceMs = 180_000;

/** Asks again until the answer is not undefined or false. @throws Error that names what was waited for */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = patienceMs,
  everyMs = 100,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Looks at an object until it is right. @throws Error that says how it stood in the end */
export async function untilRight<T extends KubernetesObject>(
  what: string,
  look: () => Promise<T | undefined>,
  isRight: (object: T) => unknown,
  timeoutMs = patienceMs,
): Promise<T> {
  let last: T | undefined;
  const ask = async () => {
    last = await look();
    return last && isRight(last) ? last : undefined;
  };
  return until(what, ask, timeoutMs).catch((error) => {
    throw new Error(`${String(error)}; it stood at ${JSON.stringify(last?.status ?? 'gone', null, 2)}`);
  });
}

/** Resolves when no object matches any more. */
export async function untilNone(cluster: Cluster, query: Query, timeoutMs = patienceMs): Promise<void> {
  await until(
    `no ${query.kind} in ${query.namespace ?? 'the cluster'}`,
    async () => (await cluster.list({ ...query, metadataOnly: true })).items.length === 0,
    timeoutMs,
  );
}

/** The FailedPreStopHook events of a namespace. */
export async function failedPreStopHooks(cluster: Cluster, namespace: string): Promise<{ pod: string; message: string }[]> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace, fieldSelector: 'reason=FailedPreStopHook' });
  return items.map((event) => ({ pod: textOf(mapOf(event.involvedObject).name) ?? '', message: textOf(event.message) ?? '' }));
}

/** Something that a bystander saw: an object came, began to end, or was gone. */
export type Sighting = { atMs: number; what: 'created' | 'terminating' | 'gone'; object: KubernetesObject };

/** Watches kinds and notes when each object began to end and when it was gone, in ms since the start. */
export function bystander(cluster: Cluster, queries: Query[], onSighting: (sighting: Sighting) => void = () => {}) {
  const started = performance.now();
  const sightings: Sighting[] = [];
  const ending = new Set<string>();
  const known = new Map<string, KubernetesObject>();
  const note = (what: Sighting['what'], object: KubernetesObject) => {
    const sighting = { atMs: performance.now() - started, what, object };
    sightings.push(sighting);
    onSighting(sighting);
  };
  let synced = 0;
  const see = (object: KubernetesObject, initial: boolean) => {
    const { uid = '', deletionTimestamp } = object.metadata;
    if (!known.has(uid) && !initial) note('created', object);
    known.set(uid, object);
    if (deletionTimestamp === undefined || ending.has(uid)) return;
    ending.add(uid);
    note('terminating', object);
  };
  const leave = (object: KubernetesObject) => {
    if (!known.delete(object.metadata.uid ?? '')) return;
    note('gone', object);
  };
  const watches = queries.map((query) => {
    let first = true;
    const replace = (objects: KubernetesObject[]) => {
      const present = new Set(objects.map((object) => object.metadata.uid));
      const lost = [...known.values()].filter(({ kind, metadata }) => kind === query.kind && !present.has(metadata.uid));
      if (first) synced += 1;
      else lost.forEach(leave);
      for (const object of objects) see(object, first);
      first = false;
    };
    return cluster.watch(query, { replace, changed: (object) => see(object, false), removed: leave });
  });
  return {
    sightings,
    started,
    synced: () => until('the watches of a bystander', async () => synced === queries.length),
    close: () => {
      for (const watch of watches) watch.close();
    },
  };
}
