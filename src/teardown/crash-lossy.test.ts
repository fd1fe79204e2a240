/**
 * Whole teardowns with a crash, a lost answer or a refusal at every single write: the end is always the same, nothing
 * goes before what needs it is gone, no preStop hook loses its rights. Here every fifth event is lost until the next
 * list.
 */
import { describeCrashes, seed } from './testing/crash-suite.ts';

const watch = { watchDelayMs: [1, 100] as const, dropEvents: (_: unknown, n: number) => n % 5 === 0, relistEveryMs: 2_000 };

describeCrashes('every fifth event lost', { seed: seed + 2, shuffleTimers: true, watch });
