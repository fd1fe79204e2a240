/**
 * Where progress is shown: a live view for a person at a terminal, lines in a log, nothing where a program reads the
 * result.
 */
import type { Instant } from '../../cluster/clock.ts';
import type { Invocation } from '../invocation.ts';
import { LiveView } from '../live-view.ts';
import { ProgressLines, timeOfDay } from '../progress-lines.ts';
import { asLines } from '../terminal.ts';
import type { Ledger } from './ledger.ts';

export type Display = {
  progress(ledger: Ledger, now: Instant): void;
  /** Something worth a line of its own. */
  note(text: string): void;
  /** The last state of all, before the summary. */
  end(ledger: Ledger, now: Instant): void;
};

export function displayFor(invocation: Invocation, quiet: boolean): Display {
  if (quiet) return { progress: () => {}, note: () => {}, end: () => {} };
  return invocation.interactive ? liveDisplay(invocation) : lineDisplay(invocation);
}

function liveDisplay({ err, size, colour, clock }: Invocation): Display {
  const view = new LiveView(err, size, colour, clock.now());
  return {
    progress: (ledger, now) => view.draw(ledger.entries(), now),
    note: (text) => view.above(text),
    end: (ledger, now) => view.draw(ledger.entries(), now, true),
  };
}

function lineDisplay({ err, clock }: Invocation): Display {
  const lines = new ProgressLines();
  const print = (line: string) => err(asLines([line]));
  const progress = (ledger: Ledger, now: Instant) => lines.update(ledger.entries(), now).forEach(print);
  return { progress, note: (text) => print(`${timeOfDay(clock.now())} ${'note'.padEnd(8)} ${text}`), end: progress };
}
