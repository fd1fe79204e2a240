/** A clock whose waits are over at once, and remembered: retries can be tested without waiting for them. */
import type { Clock } from '../../clock.ts';

export class HastyClock implements Clock {
  /** Every wait that was asked for (ms), in order. */
  readonly waits: number[] = [];
  #now: number;

  constructor(now = Date.parse('2026-11-22T12:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  after(ms: number, then: () => void): () => void {
    this.waits.push(ms);
    const timer = setImmediate(() => {
      this.#now += ms;
      then();
    });
    return () => clearImmediate(timer);
  }
}
