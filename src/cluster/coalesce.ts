/** Many events arrive together; one look serves them all. */
import type { Clock } from './clock.ts';

export type Coalesced = {
  /** Asks for a run soon; asking again before it comes changes nothing. */
  soon(): void;
  /** No run after this. */
  close(): void;
};

/** A run that takes long is made rarely: at most a quarter of the time is spent in runs. */
const restForEachRun = 3;

/**
 * @param waitMs how long to gather events before a run, in ms; longer after a run that took long. 0: as soon as
 * possible, whatever it takes
 */
export function coalesce(clock: Clock, waitMs: number, run: () => void): Coalesced {
  let cancel: (() => void) | undefined;
  let closed = false;
  let lastTookMs = 0;
  return {
    soon() {
      if (closed || cancel) return;
      cancel = clock.after(waitMs > 0 ? Math.max(waitMs, restForEachRun * lastTookMs) : 0, () => {
        cancel = undefined;
        const begun = clock.now();
        run();
        lastTookMs = clock.now() - begun;
      });
    },
    close() {
      closed = true;
      cancel?.();
      cancel = undefined;
    },
  };
}
