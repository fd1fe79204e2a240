/** Waiting that can be ended: by the clock, or by a person. */
import type { Clock, Instant } from '../../cluster/clock.ts';

export type Interruption = { how: 'timeout' } | { how: 'interrupted' };

export type Limits = {
  clock: Clock;
  /** Aborted when a person wants an end. */
  signal: AbortSignal;
  /** Absent: as long as it takes. */
  until?: Instant;
};

/**
 * What `work` gives, or what came before it. Work that loses is left to end by itself, and its failure is of no
 * interest then.
 */
export async function inTime<T extends object>(work: Promise<T>, { clock, signal, until }: Limits): Promise<T | Interruption> {
  let cancel = () => {};
  const stop = new Promise<Interruption>((resolve) => {
    const interrupted = () => resolve({ how: 'interrupted' });
    const cancelTimer = until === undefined ? () => {} : clock.after(until - clock.now(), () => resolve({ how: 'timeout' }));
    signal.addEventListener('abort', interrupted);
    if (signal.aborted) interrupted();
    cancel = () => {
      cancelTimer();
      signal.removeEventListener('abort', interrupted);
    };
  });
  try {
    return await Promise.race([work, stop]);
  } finally {
    cancel();
  }
}
