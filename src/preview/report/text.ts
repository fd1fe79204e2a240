/**
 * The report for a person at a terminal: first how it ends, then what to know of it, when it happens, and what stays.
 */

import { describeRef } from '../../objects/identity.ts';
import { oneLine } from '../../objects/visible-text.ts';
import type { Preview } from '../document.ts';
import { type Colours, noColours } from './colours.ts';
import { comparisonText } from './text/comparison.ts';
import { findingText } from './text/findings.ts';
import { timelineText } from './text/timeline.ts';
import { wrapped } from './text/wrap.ts';
import { suppressedTexts, verdictOf, whyOf, worstOf } from './words.ts';

export type TextOptions = {
  /** Of the terminal, in characters. */
  columns?: number;
  colours?: Colours;
  /** The verdict and the findings only: what a check before a commit has to say. */
  brief?: boolean;
};

/** So many lines of one list; more are counted. */
const shown = 20;

export function textReport(preview: Preview, { columns = 100, colours = noColours, brief = false }: TextOptions = {}): string {
  const width = Math.max(40, Math.min(columns, 140));
  const sections = [
    verdict(preview, width, colours),
    ...preview.findings.map((finding) => findingText(finding, width, colours)),
    ...(brief ? [] : [timelineText(preview.timeline, preview.settledMs, width, colours)]),
    ...(brief ? [] : [leftText(preview, width, colours), comparisonText(preview, width, colours)]),
    ...(brief ? [] : [listText('Assumed, because the input does not contain it', preview.supposed, width, colours)]),
    listText('Suppressed', suppressedTexts(preview), width, colours),
    listText('Not seen, so nothing is concluded from it', preview.notSeen, width, colours),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(oneLine).join('\n'))
    .join('\n\n')}\n`;
}

function verdict(preview: Preview, width: number, colours: Colours): string[] {
  const worst = worstOf(preview.findings);
  const bad = worst === 'error' || (preview.outcome !== 'succeeded' && worst !== 'warning');
  const paint = bad ? colours.red : worst === 'warning' ? colours.yellow : colours.green;
  const symbol = bad ? '✗' : worst === undefined ? '✓' : '!';
  const lines = wrapped(`${symbol} ${verdictOf(preview)}`, width, 2);
  return lines.map((line) => paint(colours.bold(line)));
}

function leftText({ left }: Preview, width: number, colours: Colours): string[] {
  const lines = left
    .slice(0, shown)
    .flatMap((each) => wrapped(`  ${describeRef(each.object)} (${whyOf(each)}): ${each.because}`, width, 4));
  return titled('Left behind', lines, left.length, colours);
}

function listText(title: string, texts: readonly string[], width: number, colours: Colours): string[] {
  const lines = texts.slice(0, shown).flatMap((text) => wrapped(`  ${text}`, width, 4));
  return titled(title, lines, texts.length, colours);
}

function titled(title: string, lines: string[], count: number, { bold, dim }: Colours): string[] {
  if (count === 0) return [];
  return [bold(`${title}:`), ...lines, ...(count > shown ? [dim(`  and ${count - shown} more; -o json lists all`)] : [])];
}
