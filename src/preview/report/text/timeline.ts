/** The timeline as bars of characters: each object from the call until it is gone, each Pod with what it still may. */
import type { TimelineEntry } from '../../document.ts';
import { count } from '../../rules/words.ts';
import { type Axis, axisOf } from '../axis.ts';
import type { Colours } from '../colours.ts';
import { type Row, rowsOf } from '../rows.ts';
import { duration } from '../words.ts';
import { wrapped } from './wrap.ts';

/** So many rows are drawn. */
const shown = 30;
const timesWidth = 16;
const ending = '─';
const pod = '━';
const withoutRights = '╍';

export function timelineText(timeline: readonly TimelineEntry[], settledMs: number, width: number, colours: Colours): string[] {
  const { rows, atOnce, untouched, made } = rowsOf(timeline);
  if (rows.length + atOnce.length + made.length === 0) return [];
  const drawn = rows.slice(0, shown);
  const axis = axisOf(
    drawn.flatMap(({ from, to, withoutRightsFrom }) => [from, ...(to === undefined ? [] : [to]), withoutRightsFrom ?? from]),
    settledMs,
  );
  const labels = Math.min(Math.floor(width * 0.42), Math.max(0, ...drawn.map(({ label }) => label.length)));
  const bars = Math.max(8, width - labels - timesWidth - 4);
  return [
    colours.bold('Timeline:'),
    ...drawn.flatMap((row) => rowText(row, axis, labels, bars, width, colours)),
    ...(rows.length > shown ? [colours.dim(`  and ${rows.length - shown} more; -o html and -o json list all`)] : []),
    ...atOnceText(atOnce, width),
    ...(untouched.length > 0 ? wrapped(`  ${count(untouched.length, 'object')} not deleted: ${some(untouched)}`, width, 4) : []),
    ...(made.length > 0 ? wrapped(`  ${count(made.length, 'object')} created and not deleted: ${some(made)}`, width, 4) : []),
    ...(drawn.length > 0 ? legend(drawn, axis, width, colours) : []),
  ];
}

function rowText(row: Row, axis: Axis, labels: number, bars: number, width: number, colours: Colours): string[] {
  const label = shortened(row.label, labels).padEnd(labels);
  const times = row.to === undefined ? `${duration(row.from)} → never` : `${duration(row.from)} → ${duration(row.to)}`;
  return [
    `  ${label} ${bar(row, axis, bars, colours)} ${times}`.trimEnd(),
    ...row.notes.flatMap((note) => wrapped(`    ${note}`, width, 6)).map(colours.dim),
  ];
}

function bar(row: Row, axis: Axis, width: number, { red, yellow }: Colours): string {
  const column = (ms: number) => Math.min(width - 1, Math.floor(axis.position(ms) * width));
  const start = column(row.from);
  const end = row.to === undefined ? width - 1 : column(row.to);
  const lost = row.withoutRightsFrom === undefined ? end + 1 : column(row.withoutRightsFrom);
  const still = (row.isPod ? pod : ending).repeat(Math.max(0, lost - start));
  const without = withoutRights.repeat(Math.max(0, end + 1 - Math.max(lost, start)));
  const open = row.to === undefined;
  const drawn = `${still}${without}`;
  const text = open ? `${drawn.slice(0, -1)}▶` : row.hook === 'failed' ? `${drawn.slice(0, -1)}✗` : drawn;
  const paint = open || row.hook === 'failed' ? red : row.withoutRightsFrom === undefined ? (plain: string) => plain : yellow;
  return `${' '.repeat(start)}${paint(text)}${' '.repeat(width - end - 1)}`;
}

function atOnceText(atOnce: readonly { label: string; at: number }[], width: number): string[] {
  if (atOnce.length === 0) return [];
  const until = Math.max(...atOnce.map(({ at }) => at));
  return wrapped(
    `  ${count(atOnce.length, 'object')} gone at once, by ${duration(until)}: ${some(atOnce.map(({ label }) => label))}`,
    width,
    4,
  );
}

function some(labels: readonly string[]): string {
  return labels.length <= 5 ? labels.join(', ') : `${labels.slice(0, 4).join(', ')} and ${labels.length - 4} more`;
}

function legend(rows: readonly Row[], { breakBetween }: Axis, width: number, { dim }: Colours): string[] {
  const parts = [
    ...(rows.some(({ isPod }) => !isPod) ? [`${ending} being deleted`] : []),
    ...(rows.some(({ isPod }) => isPod) ? [`${pod} Pod stopping`] : []),
    ...(rows.some(({ withoutRightsFrom }) => withoutRightsFrom !== undefined) ? [`${withoutRights} lost a permission`] : []),
    ...(rows.some(({ hook }) => hook === 'failed') ? ['✗ its preStop hook failed'] : []),
    ...(rows.some(({ to }) => to === undefined) ? ['▶ never ends'] : []),
    ...(breakBetween ? [`${duration(breakBetween[0])} to ${duration(breakBetween[1])} is drawn shorter`] : []),
  ];
  return wrapped(`  (${parts.join('; ')})`, width, 3).map(dim);
}

function shortened(label: string, width: number): string {
  return label.length <= width ? label : `${label.slice(0, Math.max(0, width - 1))}…`;
}
