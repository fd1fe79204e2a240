/** One finding as text: what, where, what shows it, what comes of it, and what to do. */
import type { Finding, Severity } from '../../finding.ts';
import type { Colours } from '../colours.ts';
import { namesOf, placeOf, sayingOf, throughBookend } from '../words.ts';
import { wrapped } from './wrap.ts';

const labelWidth = 14;
/** So many objects and pieces of evidence are named. */
const shown = 6;

export function findingText(finding: Finding, width: number, colours: Colours): string[] {
  const { severity, title, rule, evidence, consequence, remedy, bookend } = finding;
  const paint = paintOf(severity, colours);
  const [first = '', ...more] = wrapped(`${severity.toUpperCase()} ${title}`, width, severity.length + 1);
  const names = namesOf(finding);
  const through = throughBookend[bookend];
  return [
    `${paint(colours.bold(severity.toUpperCase()))}${colours.bold(first.slice(severity.length))}`,
    ...more.map(colours.bold),
    ...field('rule', [rule], width, colours),
    ...field('objects', limited(names, 'objects'), width, colours),
    ...field(
      'evidence',
      limited(
        evidence.map((each) => {
          const place = placeOf(each);
          return `${each.object}: ${sayingOf(each)}${place === undefined ? '' : ` (${place})`}`;
        }),
        'pieces',
      ),
      width,
      colours,
    ),
    ...field('what happens', [consequence], width, colours),
    ...field('what to do', [remedy], width, colours),
    ...field('with Bookend', through === undefined ? [] : [through], width, colours),
  ];
}

function field(label: string, texts: readonly string[], width: number, { dim }: Colours): string[] {
  return texts
    .flatMap((text) => wrapped(text, width - labelWidth - 2, 2))
    .map((line, index) => `  ${dim((index === 0 ? label : '').padEnd(labelWidth))}${line}`);
}

function limited(texts: readonly string[], what: string): string[] {
  return texts.length <= shown ? [...texts] : [...texts.slice(0, shown), `and ${texts.length - shown} more ${what}`];
}

function paintOf(severity: Severity, { red, yellow, cyan }: Colours): (text: string) => string {
  return { error: red, warning: yellow, note: cyan }[severity];
}
