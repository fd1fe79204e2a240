/** What a receipt comes to. */
import type { Receipt, Residue, Verdict } from './receipt.ts';

/**
 * Nothing is called clean that was not looked at, nor after a preStop hook failed or something was forced: what that
 * should have cleaned up may be outside of the cluster.
 */
export function verdictOf({ stopped, residue, notSeen, failedPreStopHooks, forced }: Omit<Receipt, 'verdict'>): Verdict {
  if (stopped) return stopped.how;
  if (residue.some(isSure)) return 'residue';
  const isWhole = residue.length === 0 && notSeen.length === 0 && failedPreStopHooks.length === 0 && forced.length === 0;
  return isWhole ? 'clean' : 'clean-as-far-as-seen';
}

/** What rests on more than what anybody could have written. */
export function isSure({ confidence }: Pick<Residue, 'confidence'>): boolean {
  return confidence !== 'possible';
}
