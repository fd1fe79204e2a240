/**
 * What happened to every object, and to the containers of every Pod, in one line of time: what a test of order asks and
 * what a timeline is drawn from.
 */
import { idOf, type ObjectId, refOf } from '../../objects/identity.ts';
import type { ObjectRef } from '../../objects/object.ts';
import type { Clock, Instant } from '../clock.ts';
import type { Store, Stored } from './api/store.ts';

export type Happening =
  | 'created'
  /** Got its deletionTimestamp. */
  | 'terminating'
  | 'gone'
  /** From here on, Pods only: assigned to a node; its containers run; it became ready or unready. */
  | 'scheduled'
  | 'running'
  | 'ready'
  | 'unready'
  /** The kubelet has begun to stop the containers; the preStop hooks run now. */
  | 'stopping'
  | 'pre-stop-succeeded'
  | 'pre-stop-failed'
  /** One container of a Pod with native sidecars has ended; the message is its name. */
  | 'container-stopped'
  /** Containers were killed because the time was over, or the object was gone already. */
  | 'killed'
  /** No container runs any more. */
  | 'stopped';

export type LifeEvent = { at: Instant; what: Happening; id: ObjectId; ref: ObjectRef; message?: string };

export class Life {
  readonly events: LifeEvent[] = [];
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#clock = clock;
    store.listen(({ type, object, old }) => {
      if (type === 'added') this.note('created', object);
      if (
        object.metadata.deletionTimestamp !== undefined &&
        old !== undefined &&
        old.metadata.deletionTimestamp === undefined &&
        type === 'modified'
      ) {
        this.note('terminating', object);
      }
      if (type === 'deleted') this.note('gone', object);
    });
  }

  note(what: Happening, object: Stored, message?: string): void {
    this.events.push({
      at: this.#clock.now(),
      what,
      id: idOf(object),
      ref: refOf(object),
      ...(message !== undefined && { message }),
    });
  }

  /** The first time that something happened to an object of that identity (and UID, when given), or undefined. */
  when(what: Happening, id: ObjectId, uid?: string): Instant | undefined {
    return this.events.find((event) => event.what === what && event.id === id && (uid === undefined || event.ref.uid === uid))
      ?.at;
  }
}
