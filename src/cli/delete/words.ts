/** Words about a ledger that the lines, the live view and the report share. */
import type { Instant } from '../../cluster/clock.ts';
import { parseId } from '../../objects/identity.ts';
import { type Entry, isSettled } from './ledger.ts';

/** What is waited for now, the most telling first: what is blocked, then what has been going for the longest. */
export function waits(entries: readonly Entry[]): Entry[] {
  const open = entries.filter((entry) => !isSettled(entry) && entry.inTurn && entry.blocker !== undefined);
  // A ClusterOperator waits for what is inside of it, which says more.
  const telling = open.filter((entry) => !open.some((other) => other.inside === entry.id));
  return telling.sort(
    (a, b) => Number(b.state === 'Blocked') - Number(a.state === 'Blocked') || (a.askedAt ?? 0) - (b.askedAt ?? 0),
  );
}

/** The blocker as a sentence that names the object, even where it is read alone. */
export function sentence({ id, label, blocker }: Entry): string {
  const text = blocker?.text ?? '';
  return text.includes(parseId(id).name) ? text : `${label}: ${text}`;
}

/** `3/9`: what is gone of what is to go. */
export function count(entries: readonly Entry[]): { gone: number; total: number } {
  const unlisted = entries.filter(({ progress }) => progress !== undefined);
  const summed = new Set(unlisted.map(({ id }) => id));
  const ours = entries.filter(({ foreign, state, inside }) => !foreign && state !== 'Kept' && !(inside && summed.has(inside)));
  const sum = (of: (progress: { gone: number; total: number }) => number) =>
    unlisted.reduce((all, { progress }) => all + (progress ? of(progress) : 0), 0);
  return {
    gone: ours.filter(({ state }) => state === 'Gone').length + sum(({ gone }) => gone),
    total: ours.length + sum(({ total }) => total),
  };
}

/** How long the object took, or has taken so far; undefined when its turn has not come. In ms. */
export function took({ askedAt, goneAt }: Pick<Entry, 'askedAt' | 'goneAt'>, now: Instant): number | undefined {
  return askedAt === undefined ? undefined : Math.max(0, (goneAt ?? now) - askedAt);
}

/** `0.2s`, `12.4s`, `4m12s`. */
export function shortDuration(ms: number): string {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
