/** Many events arrive together; one look serves them all. */
import type { Clock } from './clock.ts';

export type Coalesced = {
  /** Asks for a run soon; asking again before it comes changes nothing, unless it is wanted sooner by now. */
  soon(): void;
  /** No run after this. */
  close(): void;
};

/** A run that takes long is made rarely: at most a quarter of the time is spent in runs. */
const restForEachRun = 3;

/**
 * @param waitMs how long to gather events before a run, in ms, asked whenever one is wanted; longer after a run that
 * took long. 0: as soon as possible, whatever it takes
 */
export function coalesce(clock: Clock, waitMs: number | (() => number), run: () => void): Coalesced {
  let cancel: (() => void) | undefined;
  let due = 0;
  let closed = false;
  let lastTookMs = 0;
  const wait = () => {
    const wanted = typeof waitMs === 'number' ? waitMs : waitMs();
    return wanted > 0 ? Math.max(wanted, restForEachRun * lastTookMs) : 0;
  };
  return {
    soon() {
      if (closed || (cancel && typeof waitMs === 'number')) return;
      const ms = wait();
      if (cancel && due <= clock.now() + ms) return;
      cancel?.();
      due = clock.now() + ms;
      cancel = clock.after(ms, () => {
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
