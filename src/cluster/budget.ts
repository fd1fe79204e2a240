/**
 * A bound on what is in memory at once: work with large things waits until there is room for it, first come first
 * served. Work that takes long (a server that does not answer) does not count after a while, up to as much again, so
 * that it does not hold up everybody.
 */
import type { Clock } from './clock.ts';

/** From then on work counts as slow, in ms. */
const slowMs = 2_000;

type Waiting = { size: number; begin: () => void };

export class Budget {
  readonly #clock: Clock;
  readonly #limit: number;
  #used = 0;
  #slow = 0;
  readonly #queue: Waiting[] = [];

  /** @param limit in bytes; slow work may use as much again */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Runs `work` when there is room for `size` bytes. What is larger than the limit runs alone. */
  async use<T>(size: number, work: () => Promise<T>): Promise<T> {
    const room = Math.min(size, this.#limit);
    if (this.#queue.length > 0 || !this.#fits(room)) {
      await new Promise<void>((begin) => {
        this.#queue.push({ size: room, begin });
      });
    } else this.#used += room;
    let isSlow = false;
    const cancel = this.#clock.after(slowMs, () => {
      isSlow = true;
      this.#used -= room;
      this.#slow += room;
      this.#next();
    });
    try {
      return await work();
    } finally {
      cancel();
      if (isSlow) this.#slow -= room;
      else this.#used -= room;
      this.#next();
    }
  }

  #fits(size: number): boolean {
    return this.#used + size <= this.#limit && this.#used + this.#slow + size <= 2 * this.#limit;
  }

  #next(): void {
    for (let next = this.#queue[0]; next && this.#fits(next.size); next = this.#queue[0]) {
      this.#queue.shift();
      this.#used += next.size;
      next.begin();
    }
  }
}
