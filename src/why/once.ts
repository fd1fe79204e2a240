/**
 * A cause that holds several objects is told where a reader meets it first. What waits for it elsewhere stays stuck.
 */
import type { Blocker } from './blocker.ts';

export function toldOnce(blockers: readonly Blocker[], told = new Set<string>()): Blocker[] {
  return blockers.flatMap((blocker): Blocker[] => {
    if (causes.has(blocker.kind) && blocker.because.length === 0) {
      if (told.has(blocker.says)) return [];
      told.add(blocker.says);
    }
    const because = toldOnce(blocker.because, told);
    const lost = blocker.because.length > because.length && blocker.because.some(({ stuck }) => stuck);
    return [{ ...blocker, because, stuck: blocker.stuck || (lost && !because.some(({ stuck }) => stuck)) }];
  });
}

const causes = new Set<Blocker['kind']>(['webhook', 'refusal', 'api-service']);
