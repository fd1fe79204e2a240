/**
 * Memory for the bodies of objects. ClusterOperators may have 1.5 MB each and be as many as their authors like, so an
 * operator that held them all would be killed for everybody. They are read when they are worked with, a few at a time;
 * the last ones that were worked with are kept.
 */
import { Budget } from '../cluster/budget.ts';
import type { Clock } from '../cluster/clock.ts';
import { BookendError } from '../errors.ts';
import type { Desired } from '../install/desired.ts';
import { bodiesOf, type Outline, type OutlinedObject, outlineOf } from '../install/outline.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/**
 * What a whole ClusterOperator may need while it is read and thought about, in bytes: its text, its objects, what is
 * derived from them.
 */
const wholeBytes = 8_000_000;
/** So much at once, in bytes: three whole ones. */
const wholesBytes = 3 * wholeBytes;
/** What the bodies under way to the API server may need at once, in bytes. */
const writesBytes = 24_000_000;
/**
 * An object under way is there as an object, as text, and as the server's answer: so many bytes for each character of
 * it.
 */
const bytesOfCharacter = 6;
/** What is kept of the bodies last worked with, in characters of JSON. */
const keptLength = 4_000_000;

type Kept = { bodies: ReadonlyMap<ObjectId, KubernetesObject>; length: number };

export class Bodies {
  readonly #wholes: Budget;
  readonly #writes: Budget;
  /** The last used one last. */
  readonly #kept = new Map<string, Kept>();
  readonly #loading = new Map<string, Promise<Kept>>();

  constructor(clock: Clock) {
    this.#wholes = new Budget(clock, wholesBytes);
    this.#writes = new Budget(clock, writesBytes);
  }

  /** Runs work that holds a whole ClusterOperator, when there is room for it. Nothing of it may be held afterwards. */
  whole<T>(work: () => Promise<T>): Promise<T> {
    return this.#wholes.use(wholeBytes, work);
  }

  /** Keeps the bodies for a while, and returns what must be held. @param key one for each state of a spec */
  outline(key: string, desired: Desired): Outline {
    const outline = outlineOf(desired);
    this.#keep(key, { bodies: bodiesOf(desired), length: lengthOf(outline) });
    return outline;
  }

  /**
   * Calls `work` with one body, when there is room for it.
   * @param load makes the desired state again, if it is not kept any more
   */
  use<T>(
    key: string,
    { id, length }: OutlinedObject,
    load: () => Promise<Desired>,
    work: (body: KubernetesObject) => Promise<T>,
  ): Promise<T> {
    return this.#writes.use(length * bytesOfCharacter, async () => {
      const { bodies } = this.#touched(key) ?? (await this.#load(key, load));
      const body = bodies.get(id);
      if (!body) throw new BookendError('conflict', `${describeId(id)} is not in the spec any more`, { object: describeId(id) });
      return work(body);
    });
  }

  #touched(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #load(key: string, load: () => Promise<Desired>): Promise<Kept> {
    const known = this.#loading.get(key);
    if (known) return known;
    const loading = this.whole(async () => {
      const desired = await load();
      const kept = { bodies: bodiesOf(desired), length: lengthOf(outlineOf(desired)) };
      this.#keep(key, kept);
      return kept;
    }).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    if (kept.length > keptLength) return;
    this.#kept.set(key, kept);
    let length = [...this.#kept.values()].reduce((sum, each) => sum + each.length, 0);
    for (const [oldest, each] of this.#kept) {
      if (length <= keptLength) return;
      this.#kept.delete(oldest);
      length -= each.length;
    }
  }
}

function lengthOf({ objects }: Outline): number {
  return objects.reduce((sum, { length }) => sum + length, 0);
}
