/** Many events arrive together; one look serves them all. */
import type { Clock } from './clock.ts';

export type Coalesced = {
  /** Asks for a run soon; asking again before it comes changes nothing. */
  soon(): void;
  /** No run after this. */
  close(): void;
};

/** @param waitMs how long to gather events before a run, in ms */
export function coalesce(clock: Clock, waitMs: number, run: () => void): Coalesced {
  let cancel: (() => void) | undefined;
  let closed = false;
  return {
    soon() {
      if (closed || cancel) return;
      cancel = clock.after(waitMs, () => {
        cancel = undefined;
        run();
      });
    },
    close() {
      closed = true;
      cancel?.();
      cancel = undefined;
    },
  };
}
