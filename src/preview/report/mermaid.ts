/** The timeline as a Mermaid gantt chart, for pages that draw it, such as those of GitHub. */
import type { Preview } from '../document.ts';
import { type Row, rowsOf } from './rows.ts';
import { commandOf, countsOf, duration } from './words.ts';

/** A diagram with more rows cannot be read, and Mermaid takes seconds for it. */
const shown = 60;

export function mermaidReport(preview: Preview): string {
  const { rows, atOnce } = rowsOf(preview.timeline);
  const drawn = rows.slice(0, shown);
  const end = Math.max(1, ...drawn.map(({ from, to, withoutRightsFrom }) => Math.max(from, to ?? 0, withoutRightsFrom ?? 0)));
  const sections = [
    section(
      'Objects',
      drawn.filter(({ isPod }) => !isPod).flatMap((row) => tasksOf(row, end)),
    ),
    section(
      'Pods',
      drawn.filter(({ isPod }) => isPod).flatMap((row) => tasksOf(row, end)),
    ),
    section(
      'Gone at once',
      atOnce.length > 0 ? [task(`${atOnce.length} objects`, 'milestone', atOnce[0]?.at ?? 0, atOnce[0]?.at ?? 0)] : [],
    ),
  ];
  return [
    'gantt',
    `  title ${text(`${commandOf(preview)}: ${countsOf(preview.findings)}`)}`,
    '  dateFormat x',
    '  axisFormat %M:%S',
    ...(rows.length > shown ? [`  %% ${rows.length - shown} more objects are not drawn`] : []),
    ...sections.flat(),
    '',
  ].join('\n');
}

function section(name: string, tasks: string[]): string[] {
  return tasks.length === 0 ? [] : [`  section ${name}`, ...tasks];
}

function tasksOf({ label, from, to, withoutRightsFrom, hook }: Row, end: number): string[] {
  const until = to ?? end + Math.ceil(end / 10);
  if (to === undefined) return [task(`${label} (never ends)`, 'crit', from, until)];
  if (withoutRightsFrom === undefined) return [task(label, hook === 'failed' ? 'crit' : 'active', from, until)];
  const rest = `${label} without rights${hook === 'failed' ? ', preStop fails' : ''}`;
  return [
    ...(withoutRightsFrom > from ? [task(label, 'active', from, withoutRightsFrom)] : []),
    task(`${rest} (${duration(withoutRightsFrom)})`, 'crit', withoutRightsFrom, until),
  ];
}

function task(label: string, look: string, from: number, to: number): string {
  return `    ${text(label)} :${look}, ${Math.round(from)}, ${Math.round(Math.max(to, from))}`;
}

/**
 * Colons, semicolons, hashes and line breaks end a task's name; `%%{` begins a directive, and angle brackets markup,
 * wherever they stand.
 */
function text(label: string): string {
  return label.replaceAll(/[:;#%{}<>\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replaceAll(/ +/g, ' ');
}
