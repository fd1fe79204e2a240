/**
 * Whole teardowns with a crash, a lost answer or a refusal at every single write: the end is always the same, nothing
 * goes before what needs it is gone, no preStop hook loses its rights. Here the watches are quick, and the plan is not
 * on record: workloads go in the foreground.
 */
import { describeCrashes, seed } from './testing/crash-suite.ts';

describeCrashes('quick watches', { seed, isOnRecord: false });
