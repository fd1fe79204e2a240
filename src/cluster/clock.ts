/**
 * Time as something that is handed in. The operator and the engine take their time from here and from nowhere else, so
 * that the same code runs on the wall clock and, in tests and previews, on the simulated cluster's virtual clock.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export interface Clock {
  now(): Instant;
  /** Calls `then` once after `ms` milliseconds, unless cancelled by the returned function. */
  after(ms: number, then: () => void): () => void;
}

/** Real time. A timer that is due keeps the process alive, so whoever sets one cancels it in the end. */
export const wallClock: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Real time that nobody sets: it starts at the wall clock's time and only goes forward. For spans that must not shrink
 * when a clock is corrected.
 */
export const steadyClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: wallClock.after,
};

/** Resolves after `ms` milliseconds of that clock. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
