/**
 * The API server's clock. `deletionTimestamp` and the timestamps of conditions come from there, so a deadline that
 * compares them with this machine's clock passes early, or never, where the two differ. Every answer of an API server
 * names its time in the header `Date` (Go's net/http sets it), in whole seconds; between two answers the monotonic
 * clock of this process goes on.
 */
import type { Clock, Instant } from '../clock.ts';

/** Milliseconds of a clock that only goes forward and that nobody sets. */
export type Monotonic = () => number;

export const processTime: Monotonic = () => performance.now();

/** How precise `Date` is, in ms. */
const dateStepMs = 1_000;

/** What the answers of one API server have shown about its clock. */
export class ServerTime {
  /** Server time minus monotonic time, in ms: between these two. Undefined until the first answer. */
  #difference: { least: number; most: number } | undefined;

  /**
   * Takes in one answer. The server wrote `date` after the request was sent and before the answer arrived, and its
   * clock then showed that second; each answer narrows the difference, until an answer contradicts the earlier ones
   * because a clock was set: then the newest counts.
   *
   * @param date the header, ignored where it is absent or makes no sense
   * @param sentAt monotonic
   * @param receivedAt monotonic
   */
  heard(date: unknown, sentAt: number, receivedAt: number): void {
    const second = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (Number.isNaN(second)) return;
    const fresh = { least: second - receivedAt, most: second + dateStepMs - sentAt };
    const known = this.#difference;
    const both = known && { least: Math.max(known.least, fresh.least), most: Math.min(known.most, fresh.most) };
    this.#difference = both && both.least <= both.most ? both : fresh;
  }

  /**
   * The time that the server's clock has reached at least: a deadline never passes early, and an answer that has
   * arrived is never in the future.
   * @returns undefined before the first answer
   */
  at(monotonic: number): Instant | undefined {
    return this.#difference && monotonic + this.#difference.least;
  }
}

/**
 * A clock that shows the API server's time, and the local time before the first answer. Its timers are the local
 * clock's, as a span is the same on both.
 *
 * @example
 * const serverTime = new ServerTime();
 * const clock = serverClock(serverTime, wallClock);
 * const cluster = await openCluster({ serverTime });
 */
export function serverClock(time: ServerTime, local: Clock, monotonic: Monotonic = processTime): Clock {
  return {
    now: () => time.at(monotonic()) ?? local.now(),
    after: (ms, then) => local.after(ms, then),
  };
}
