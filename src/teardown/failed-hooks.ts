/**
 * A failed preStop hook shows nowhere but in an Event with reason FailedPreStopHook (`pkg/kubelet/container/event.go`). They are collected, because an ordered
 * teardown in which a hook failed all the same must not be called clean.
 */
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { mapOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';

export type FailedHook = { namespace: string; pod: string; message: string; count: number };

const failedPreStopHook = 'FailedPreStopHook';

export class FailedHooks {
  readonly #cluster: Cluster;
  readonly #queries: Query[];
  readonly #mirrors: Mirror[];
  /** Events expire and may be deleted; what was seen once stays. */
  readonly #seen = new Map<string, KubernetesObject>();

  /** Watches the Events of these namespaces. Not being allowed to is no reason to stop: `unseen` says so. */
  constructor(cluster: Cluster, namespaces: (string | undefined)[], onChange: () => void) {
    this.#cluster = cluster;
    this.#queries = namespaces.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'Event',
      fieldSelector: `reason=${failedPreStopHook}`,
      ...(namespace !== undefined && { namespace }),
    }));
    this.#mirrors = this.#queries.map((query) => {
      const mirror = new Mirror(cluster, query);
      mirror.onChange(({ object }) => {
        if (!object) return;
        this.#keep(object);
        onChange();
      });
      mirror.whenSynced().then(onChange, () => {}); // Rejects only when it was closed first.
      return mirror;
    });
  }

  /** Reads the Events currently, past the watch. What cannot be read is left out. */
  async read(): Promise<void> {
    const lists = await Promise.allSettled(this.#queries.map((query) => this.#cluster.list(query)));
    for (const list of lists) if (list.status === 'fulfilled') for (const event of list.value.items) this.#keep(event);
  }

  /** Why Events cannot be read, so that failed hooks would go unnoticed; undefined when they can. */
  get unseen(): string | undefined {
    return this.#mirrors.find((mirror) => !mirror.synced && mirror.trouble !== undefined)?.trouble?.message;
  }

  /** The failed hooks of Pods whose UID is accepted by `isOurs`. */
  of(isOurs: (podUid: string) => boolean): FailedHook[] {
    return [...this.#seen.values()].flatMap((event) => {
      const pod = mapOf(event.involvedObject);
      if (!isOurs(textOf(pod.uid) ?? '')) return [];
      return [
        {
          namespace: textOf(pod.namespace) ?? '',
          pod: textOf(pod.name) ?? '',
          message: textOf(event.message) ?? failedPreStopHook,
          count: typeof event.count === 'number' ? event.count : 1,
        },
      ];
    });
  }

  #keep(event: KubernetesObject): void {
    this.#seen.set(event.metadata.uid ?? event.metadata.name, event);
  }

  close(): void {
    for (const mirror of this.#mirrors) mirror.close();
  }
}
