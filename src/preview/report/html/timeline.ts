/**
 * The timeline as SVG: one bar for each object, all on the same time axis. Positions are in per cent of the page's
 * width and text is outside of the bars, so that it is as readable on a phone as on a wide screen.
 */
import type { TimelineEntry } from '../../document.ts';
import { count } from '../../rules/words.ts';
import { type Axis, axisOf } from '../axis.ts';
import { type Row, rowsOf } from '../rows.ts';
import { duration } from '../words.ts';
import { html, type Markup, raw } from './escape.ts';

const height = 14;

/** @param caption whose run it is */
export function timelineFigure(caption: string, timeline: readonly TimelineEntry[], settledMs: number): Markup {
  const { rows, atOnce, untouched, made } = rowsOf(timeline);
  const times = rows.flatMap(({ from, to, withoutRightsFrom }) => [
    from,
    ...(to === undefined ? [] : [to]),
    withoutRightsFrom ?? from,
  ]);
  const axis = axisOf(times, settledMs);
  return html`<figure class="run">
<figcaption>${caption}</figcaption>
${rows.length > 0 ? [axisRow(axis), html`<ol class="timeline">${rows.map((row) => rowItem(row, axis))}</ol>`, legend(rows, axis)] : [raw('')]}
${listed(
  `${count(atOnce.length, 'object')} gone at once`,
  atOnce.map(({ label, at }) => `${duration(at)} ${label}`),
)}
${listed(`${count(untouched.length, 'object')} not deleted`, untouched)}
${listed(`${count(made.length, 'object')} made and not deleted`, made)}
</figure>
`;
}

function axisRow({ ticks, position }: Axis): Markup {
  const labels = spaced(ticks.map((tick) => ({ at: position(tick), text: duration(tick) })));
  return html`<svg width="100%" height="18" aria-hidden="true">${labels.map(
    ({ at, text }) => html`<text x="${percent(at)}" y="12" text-anchor="${anchor(at)}">${text}</text>`,
  )}</svg>
`;
}

function rowItem(row: Row, axis: Axis): Markup {
  const { label, from, to, notes } = row;
  return html`<li>
<div class="label"><b>${label}</b> <span>${duration(from)} → ${to === undefined ? 'never' : duration(to)}</span></div>
<svg width="100%" height="${height + 4}" role="img" aria-label="${spoken(row)}">${grid(axis)}${bars(row, axis)}</svg>
${notes.map((note) => html`<div class="notes">${note}</div>\n`)}</li>
`;
}

function grid({ ticks, position }: Axis): Markup[] {
  return ticks.map(
    (tick) =>
      html`<line class="grid" x1="${percent(position(tick))}" x2="${percent(position(tick))}" y1="0" y2="${height + 4}"/>`,
  );
}

function bars({ from, to, withoutRightsFrom, isPod, hook }: Row, { position }: Axis): Markup[] {
  const end = to === undefined ? 1 : position(to);
  const lost = withoutRightsFrom === undefined ? end : position(withoutRightsFrom);
  const whole = to === undefined && !isPod ? 'stuck' : isPod ? 'pod' : 'ending';
  return [
    ...(lost > position(from) || withoutRightsFrom === undefined ? [bar(whole, position(from), lost)] : []),
    ...(withoutRightsFrom === undefined ? [] : [bar('lost', lost, end)]),
    ...(hook === 'failed' ? [cross(end)] : []),
  ];
}

/** Never narrower than can be seen. */
function bar(look: string, from: number, to: number): Markup {
  const width = Math.max(to - from, 0.004);
  return html`<rect class="${look}" x="${percent(Math.min(from, 1 - width))}" y="2" width="${percent(width)}" height="${height}" rx="2"/>`;
}

/** A nested SVG: a path knows no per cent. */
function cross(at: number): Markup {
  return html`<svg x="${percent(Math.min(at, 0.98))}" y="2" width="14" height="${height}"><path class="failed" d="M3 3 L11 11 M11 3 L3 11"/></svg>`;
}

function spoken({ label, from, to, withoutRightsFrom, isPod, hook }: Row): string {
  const gone = to === undefined ? 'never gone' : `gone at ${duration(to)}`;
  return [
    `${label}: ends from ${duration(from)}, ${gone}`,
    ...(isPod && withoutRightsFrom === undefined ? ['with all its rights'] : []),
    ...(withoutRightsFrom === undefined ? [] : [`without a right that it had from ${duration(withoutRightsFrom)}`]),
    ...(hook === 'failed' ? ['its preStop hook fails'] : []),
  ].join('; ');
}

function legend(rows: readonly Row[], { breakBetween }: Axis): Markup {
  const looks: [string, string, boolean][] = [
    ['ending', 'being deleted', rows.some(({ isPod, to }) => !isPod && to !== undefined)],
    ['pod', 'Pod stopping, with all its rights', rows.some(({ isPod }) => isPod)],
    ['lost', 'Pod without a right that it had', rows.some(({ withoutRightsFrom }) => withoutRightsFrom !== undefined)],
    ['stuck', 'stuck in Terminating', rows.some(({ isPod, to }) => !isPod && to === undefined)],
  ];
  const items = looks
    .filter(([, , present]) => present)
    .map(
      ([look, text]) =>
        html`<li><svg width="14" height="10" aria-hidden="true"><rect class="${look}" width="14" height="10" rx="2"/></svg>${text}</li>`,
    );
  const failed = rows.some(({ hook }) => hook === 'failed')
    ? [
        html`<li><svg width="14" height="14" aria-hidden="true"><path class="failed" d="M3 3 L11 11 M11 3 L3 11"/></svg>its preStop hook failed</li>`,
      ]
    : [];
  const shorter = breakBetween
    ? [html`<li>${duration(breakBetween[0])} to ${duration(breakBetween[1])} is drawn shorter</li>`]
    : [];
  return html`<ul class="legend">${[...items, ...failed, ...shorter]}</ul>
`;
}

function listed(summary: string, lines: readonly string[]): Markup {
  if (lines.length === 0) return raw('');
  return html`<details><summary>${summary}</summary><ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul></details>
`;
}

/** Labels that would lie on each other are left out, the earlier one stays. */
function spaced(labels: readonly { at: number; text: string }[]): { at: number; text: string }[] {
  const kept: { at: number; text: string }[] = [];
  for (const label of labels) if (label.at - (kept.at(-1)?.at ?? -1) > 0.12) kept.push(label);
  return kept;
}

function anchor(at: number): string {
  return at < 0.05 ? 'start' : at > 0.9 ? 'end' : 'middle';
}

function percent(part: number): string {
  return `${Math.round(part * 10_000) / 100}%`;
}
