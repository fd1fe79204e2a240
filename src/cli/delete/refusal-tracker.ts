/**
 * A cluster that remembers which deletions were accepted and what was refused. The engine tries refused things again
 * for ever, which is right for an operator; a person or a hook without the rights should be told, and not wait until
 * the time is over.
 */
import type { Clock, Instant } from '../../cluster/clock.ts';
import { decorated } from '../../cluster/decorated.ts';
import type { Cluster, Query } from '../../cluster/port.ts';
import { type BookendError, isCode } from '../../errors.ts';
import { idOfRef, type ObjectId } from '../../objects/identity.ts';

type Denial = { error: BookendError; since: Instant };

export class RefusalTracker {
  /** The same cluster, under observation. */
  readonly cluster: Cluster;
  readonly #clock: Clock;
  readonly #onAccepted: (id: ObjectId) => void;
  readonly #deletes = new Map<ObjectId, Denial>();
  readonly #watches = new Map<string, Denial>();

  constructor(cluster: Cluster, clock: Clock, onAccepted: (id: ObjectId) => void) {
    this.#clock = clock;
    this.#onAccepted = onAccepted;
    this.cluster = decorated(cluster, {
      delete: (...args) => this.#delete(cluster, ...args),
      watch: (...args) => this.#watch(cluster, ...args),
    });
  }

  /** Since when, and with which words, the deletion of this object has been refused for lack of rights. */
  refusedDelete(id: ObjectId): Denial | undefined {
    return this.#deletes.get(id);
  }

  /** A watch without which nothing can be concluded, refused for lack of rights. */
  refusedWatch(): Denial | undefined {
    return [...this.#watches].find(([key]) => !isEvents(key))?.[1];
  }

  async #delete(target: Cluster, ...[ref, options]: Parameters<Cluster['delete']>): ReturnType<Cluster['delete']> {
    const id = idOfRef(ref);
    try {
      const answer = await target.delete(ref, options);
      this.#deletes.delete(id);
      this.#onAccepted(id);
      return answer;
    } catch (error) {
      this.#note(this.#deletes, id, error);
      throw error;
    }
  }

  #watch(target: Cluster, ...[query, listener]: Parameters<Cluster['watch']>): ReturnType<Cluster['watch']> {
    const key = keyOf(query);
    return target.watch(query, {
      replace: (objects) => {
        this.#watches.delete(key);
        listener.replace(objects);
      },
      changed: (object) => listener.changed(object),
      removed: (object) => listener.removed(object),
      trouble: (error) => {
        this.#note(this.#watches, key, error);
        listener.trouble?.(error);
      },
    });
  }

  #note<K>(refusals: Map<K, Denial>, key: K, error: unknown): void {
    if (isCode(error, 'forbidden', 'unauthorized'))
      refusals.set(key, { error, since: refusals.get(key)?.since ?? this.#clock.now() });
    else refusals.delete(key);
  }
}

const eventKey = 'Event ';

function keyOf({ kind, apiVersion, namespace = '', labelSelector = '' }: Query): string {
  return `${kind} ${apiVersion} ${namespace} ${labelSelector}`;
}

function isEvents(key: string): boolean {
  return key.startsWith(eventKey);
}
