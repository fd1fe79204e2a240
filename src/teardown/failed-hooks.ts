/**
 * A failed preStop hook shows nowhere but in an Event with reason FailedPreStopHook (`pkg/kubelet/container/event.go`).
 * They are collected, because an ordered teardown in which a hook failed all the same must not be called clean.
 */
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { mapOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { cut, longestBlocker, mostHookEvents } from './bounds.ts';

export type FailedHook = { namespace: string; pod: string; message: string; count: number };

const failedPreStopHook = 'FailedPreStopHook';

type Remembered = FailedHook & { podUid: string };

export class FailedHooks {
  readonly #cluster: Cluster;
  readonly #queries: Query[];
  readonly #mirrors: Mirror[];
  readonly #onChange: () => void;
  /** Events expire and may be deleted; what was seen once stays. */
  readonly #seen = new Map<string, Remembered>();
  #isFull = false;

  /** Watches the Events of these namespaces. Not being allowed to is no reason to stop: `unseen` says so. */
  constructor(cluster: Cluster, namespaces: (string | undefined)[], onChange: () => void) {
    this.#cluster = cluster;
    this.#onChange = onChange;
    // Nothing of an Event is kept but what is remembered here: others may write any number of them.
    const keep = (event: KubernetesObject) => this.#remember(event);
    this.#queries = namespaces.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'Event',
      fieldSelector: `reason=${failedPreStopHook}`,
      ...(namespace !== undefined && { namespace }),
    }));
    this.#mirrors = this.#queries.map((query) => {
      const mirror = new Mirror(cluster, query, { prune: keep });
      mirror.whenSynced().then(onChange, () => {}); // Rejects only when it was closed first.
      return mirror;
    });
  }

  /** Reads the Events currently, past the watch. What cannot be read is left out. */
  async read(): Promise<void> {
    const keep = (event: KubernetesObject) => this.#remember(event);
    await Promise.allSettled(this.#queries.map((query) => this.#cluster.list({ ...query, keep })));
  }

  /** Why failed hooks may go unnoticed; undefined when they cannot. */
  get unseen(): string | undefined {
    const trouble = this.#mirrors.find((mirror) => !mirror.synced && mirror.trouble !== undefined)?.trouble?.message;
    if (trouble !== undefined || !this.#isFull) return trouble;
    const most = mostHookEvents.toLocaleString('en-US');
    return `more than ${most} Events of this reason exist, and not all of them are read`;
  }

  /** The failed hooks of Pods whose UID is accepted by `isOurs`. */
  of(isOurs: (podUid: string) => boolean): FailedHook[] {
    return [...this.#seen.values()].flatMap(({ podUid, ...hook }) => (isOurs(podUid) ? [hook] : []));
  }

  #remember(event: KubernetesObject): undefined {
    const key = event.metadata.uid ?? event.metadata.name;
    if (!this.#seen.has(key) && this.#seen.size >= mostHookEvents) {
      this.#isFull = true;
      return;
    }
    const pod = mapOf(event.involvedObject);
    this.#seen.set(key, {
      podUid: textOf(pod.uid) ?? '',
      namespace: textOf(pod.namespace) ?? '',
      pod: textOf(pod.name) ?? '',
      message: cut(textOf(event.message) ?? failedPreStopHook, longestBlocker),
      count: typeof event.count === 'number' ? event.count : 1,
    });
    this.#onChange();
  }

  close(): void {
    for (const mirror of this.#mirrors) mirror.close();
  }
}
