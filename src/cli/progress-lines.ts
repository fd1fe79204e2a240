/**
 * Progress for logs: a line when something changes, and every ten seconds what is being waited for, so that nobody who
 * reads the log of a hook wonders whether it hangs. Pure: gives lines, prints nothing.
 */
import type { Instant } from '../cluster/clock.ts';
import type { Entry } from './delete/ledger.ts';
import { count, sentence, shortDuration, took, waits } from './delete/words.ts';

/** A wait that is over sooner is not worth a line, in ms. */
const patienceMs = 2_000;
/** Something is said at least this often, in ms. */
const signOfLifeMs = 10_000;
/** More of a kind at once become one line. */
const fewEnough = 10;
/** So many waits are named at once. */
const waitsShown = 3;

export class ProgressLines {
  readonly #told = new Map<string, string>();
  /** Waits that stand, by what is waited for and why: since when, and whether they were told. */
  #standing = new Map<string, { since: Instant; told: boolean }>();
  #waitsToldAt: Instant | undefined;

  /** The lines to print now, each without its end of line. */
  update(entries: readonly Entry[], now: Instant): string[] {
    const changed = entries.filter((entry) => this.#told.get(entry.id) !== stage(entry));
    for (const entry of changed) this.#told.set(entry.id, stage(entry));
    const of = (name: LineState) => changed.filter((entry) => stage(entry) === name);
    const lines = [
      ...grouped('keep', of('kept'), ({ label, blocker }) => `${label} stays${blocker ? `: ${blocker.text}` : ''}`),
      ...grouped('delete', of('asked'), ({ label }) => label),
      ...grouped('gone', of('gone'), (entry) => goneText(entry, now), progress(entries)),
      ...grouped('passed', of('passed'), (entry) => `continuing without ${entry.label}: ${entry.blocker?.text ?? 'timed out'}`),
      ...this.#waits(waits(entries), now),
    ];
    return lines.map((line) => `${timeOfDay(now)} ${line}`);
  }

  #waits(open: Entry[], now: Instant): string[] {
    this.#waitsToldAt ??= now;
    const before = this.#standing;
    this.#standing = new Map();
    const fresh: Entry[] = [];
    for (const entry of open) {
      const key = `${entry.id} ${entry.state} ${entry.blocker?.reason} ${entry.blocker?.object}`;
      const standing = before.get(key) ?? { since: now, told: false };
      this.#standing.set(key, standing);
      if (standing.told || (entry.state !== 'Blocked' && now - standing.since < patienceMs)) continue;
      standing.told = true;
      fresh.push(entry);
    }
    const shown = now - this.#waitsToldAt >= signOfLifeMs ? open : fresh;
    if (shown.length === 0) return [];
    this.#waitsToldAt = now;
    const named = shown
      .slice(0, waitsShown)
      .map((entry) => line(entry.state === 'Blocked' ? 'blocked' : 'waiting', sentence(entry)));
    const more = shown.length - named.length;
    return more > 0 ? [...named, line('waiting', `and for ${more} more`)] : named;
  }
}

type LineState = 'waiting' | 'asked' | 'gone' | 'kept' | 'passed';

function stage({ state, askedAt }: Entry): LineState {
  if (state === 'Gone') return 'gone';
  if (state === 'Kept') return 'kept';
  if (state === 'Passed') return 'passed';
  return askedAt === undefined ? 'waiting' : 'asked';
}

function grouped(word: string, entries: Entry[], text: (entry: Entry) => string, suffix = ''): string[] {
  if (entries.length <= fewEnough) return entries.map((entry) => line(word, `${text(entry)}${suffix}`));
  const some = entries.slice(0, 3).map(({ label }) => label);
  return [line(word, `${entries.length} objects: ${some.join(', ')}, …${suffix}`)];
}

function goneText(entry: Entry, now: Instant): string {
  const ms = took(entry, now);
  return ms === undefined || ms < 100 ? entry.label : `${entry.label} after ${shortDuration(ms)}`;
}

function progress(entries: readonly Entry[]): string {
  const { gone, total } = count(entries);
  return ` (${gone}/${total})`;
}

function line(word: string, text: string): string {
  return `${word.padEnd(8)} ${text}`;
}

/** `12:03:04`, in the time zone of the process. */
export function timeOfDay(now: Instant): string {
  const date = new Date(now);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
