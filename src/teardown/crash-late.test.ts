/**
 * Whole teardowns with a crash, a lost answer or a refusal at every single write: the end is always the same, nothing
 * goes before what needs it is gone, no preStop hook loses its rights. Here the watches are late, and what is due at
 * the same time happens in any order.
 */
import { describeCrashes, seed } from './testing/crash-suite.ts';

describeCrashes('watches up to a second late', { seed: seed + 1, shuffleTimers: true, watch: { watchDelayMs: [1, 1_000] } });
