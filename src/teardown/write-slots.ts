/**
 * How many writes may be under way at once. One that the API server holds for long (a webhook that does not answer)
 * gives its place up, so that it holds up itself and not the others.
 */
import type { Clock } from '../cluster/clock.ts';

/** So many, slow ones not counted. */
const width = 32;
/** From then on a write counts as slow, in ms. */
const slowMs = 1_000;
/** So many, slow ones included. */
const most = 256;

export class WriteSlots {
  readonly #clock: Clock;
  readonly #onFree: () => void;
  #taken = 0;
  #slow = 0;

  /** @param onFree called when a write turns out to be slow, and so makes room for another */
  constructor(clock: Clock, onFree: () => void) {
    this.#clock = clock;
    this.#onFree = onFree;
  }

  get areFree(): boolean {
    return this.#taken < width && this.#taken + this.#slow < most;
  }

  /** @returns the function that leaves the place again */
  take(): () => void {
    let isSlow = false;
    this.#taken++;
    const cancel = this.#clock.after(slowMs, () => {
      isSlow = true;
      this.#taken--;
      this.#slow++;
      this.#onFree();
    });
    return () => {
      cancel();
      if (isSlow) this.#slow--;
      else this.#taken--;
    };
  }
}
