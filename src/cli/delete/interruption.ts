/** Somebody wants an end: Ctrl-C, or the end of a container. */
import type { Invocation } from '../invocation.ts';

export const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export type Signal = keyof typeof exitCodes;

/**
 * Notices from the start that somebody wants an end: as the first process of a container we would otherwise not hear of
 * it at all.
 */
export function interruptionBy({ onSignal }: Pick<Invocation, 'onSignal'>) {
  const abort = new AbortController();
  let received: Signal | undefined;
  const forget = onSignal((signal) => {
    received ??= signal;
    abort.abort();
  });
  return {
    signal: abort.signal,
    received: () => received,
    forget,
  };
}
