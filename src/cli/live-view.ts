/**
 * Progress for a person at a terminal: one line for each object, redrawn in place. Never taller than the terminal,
 * since what has scrolled away could not be redrawn.
 */
import type { Instant } from '../cluster/clock.ts';
import { oneLine, visible } from '../objects/visible-text.ts';
import { type Entry, isSettled } from './delete/ledger.ts';
import { count, sentence, shortDuration, took, waits } from './delete/words.ts';
import { asLines, type Colours, coloursFor, control } from './terminal.ts';

export type Size = { columns: number; rows: number };

export class LiveView {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  readonly #colours: Colours;
  readonly #startedAt: Instant;
  #height = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(write: (text: string) => void, size: () => Size, colour: boolean, startedAt: Instant) {
    this.#write = write;
    this.#size = size;
    this.#colours = coloursFor(colour);
    this.#startedAt = startedAt;
  }

  /** Draws what is the case now; at most ten times a second unless `last`. */
  draw(entries: readonly Entry[], now: Instant, last = false): void {
    if (entries.length === 0 || (!last && now - this.#drawnAt < 100)) return;
    this.#drawnAt = now;
    const lines = frame(entries, now, this.#startedAt, this.#size(), this.#colours);
    this.#write(`${this.#back()}${lines.map((line) => `${line}${control('\u001b[K')}\n`).join('')}`);
    this.#height = lines.length;
  }

  /** Prints lines above the view, which stay. The view is drawn again by the next `draw`. */
  above(text: string): void {
    this.#write(`${this.#back()}${asLines([text])}`);
    this.#height = 0;
  }

  #back(): string {
    return this.#height === 0 ? '' : control(`\u001b[${this.#height}A\r\u001b[J`);
  }
}

/** The lines to show, each no wider and all no taller than the terminal. */
export function frame(
  entries: readonly Entry[],
  now: Instant,
  startedAt: Instant,
  { columns, rows }: Size,
  colours: Colours = coloursFor(false),
): string[] {
  const { gone, total } = count(entries);
  const head = `Deleting ${total} ${total === 1 ? 'object' : 'objects'}: ${gone} gone, ${shortDuration(now - startedAt)}`;
  const shown = fitting(entries, Math.max(1, rows - 3));
  const hidden = entries.length - shown.length;
  const width = Math.min(50, Math.max(0, ...shown.map(({ label, inside }) => label.length + (inside ? 2 : 0))));
  return [
    colours.bold(cut(head, columns)),
    ...shown.map((entry) => rowOf(entry, now, width, columns, colours)),
    ...(hidden > 0 ? [colours.dim(cut(`  … and ${hidden} more`, columns))] : []),
  ];
}

/** What moves first, then what waits, then what is gone; shown in the plan's order. */
function fitting(entries: readonly Entry[], room: number): Entry[] {
  if (entries.length <= room) return [...entries];
  const moving = new Set(waits(entries));
  const rank = (entry: Entry) => (moving.has(entry) ? 0 : isSettled(entry) ? 2 : 1);
  const latest = (entry: Entry) => -(entry.goneAt ?? 0);
  const chosen = new Set([...entries].sort((a, b) => rank(a) - rank(b) || latest(a) - latest(b)).slice(0, room));
  return entries.filter((entry) => chosen.has(entry));
}

function rowOf(entry: Entry, now: Instant, width: number, columns: number, colours: Colours): string {
  const [symbol, paint] = look(entry, colours);
  const label = `${entry.inside ? '  ' : ''}${entry.label}`.padEnd(width);
  const ms = took(entry, now);
  const time = (ms === undefined ? '' : shortDuration(ms)).padStart(7);
  const why = entry.state === 'Gone' || entry.blocker === undefined ? '' : entry.inTurn ? sentence(entry) : entry.blocker.text;
  const text = cut(`${label} ${time}  ${why}`, columns - 3);
  return ` ${paint(symbol)} ${paint(text.slice(0, width))}${colours.dim(text.slice(width))}`;
}

function look({ state, inTurn }: Entry, colours: Colours): [string, (text: string) => string] {
  if (state === 'Gone') return ['✓', colours.green];
  if (state === 'Kept') return ['=', colours.blue];
  if (state === 'Blocked' || state === 'Passed') return ['!', colours.red];
  return inTurn ? ['●', colours.yellow] : ['○', (text) => text];
}

function cut(text: string, columns: number): string {
  const flat = visible(oneLine(text)).trimEnd();
  return flat.length <= columns ? flat : `${flat.slice(0, Math.max(0, columns - 1))}…`;
}
