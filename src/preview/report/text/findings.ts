/** One finding as text: what, where, what shows it, what comes of it, and what to do. */
import { playedText, stepTexts } from '../../../remedies/remedy-text.ts';
import type { Finding, Severity } from '../../finding.ts';
import type { Colours } from '../colours.ts';
import { namesOf, placeOf, sayingOf, throughBookend } from '../words.ts';
import { wrapped } from './wrap.ts';

const labelWidth = 14;
/** So many objects and pieces of evidence are named. */
const shown = 6;

export function findingText(finding: Finding, width: number, colours: Colours): string[] {
  const { severity, title, rule, evidence, consequence, remedies, bookend } = finding;
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
    ...lines('what to do', remedyLines(remedies, width - labelWidth - 2), colours),
    ...field('with Bookend', through === undefined ? [] : [through], width, colours),
  ];
}

/** The objects of a change stand on lines of their own where there are many, in characters. */
const longestWhen = 90;

/** Numbered where there are several, each step on a line of its own; commands are never broken. */
function remedyLines(remedies: Finding['remedies'], width: number): string[] {
  return remedies.flatMap(({ says, steps, loses, played }, index) => {
    const number = remedies.length === 1 ? '' : `${index + 1}. `;
    const indent = ' '.repeat(number.length + 2);
    const plain = (text: string) => wrapped(`${indent}${text}`, width, indent.length + 2);
    const untried = playedText(played);
    return [
      ...wrapped(`${number}${says}`, width, number.length),
      ...stepTexts(steps).flatMap(({ when, text, code }) => {
        const whole = when === '' ? text : `${when}: ${text}`;
        if (!code) return plain(whole);
        return when.length <= longestWhen ? [`${indent}${whole}`] : [...plain(`${when}:`), `${indent}  ${text}`];
      }),
      ...(loses === undefined ? [] : plain(`This loses ${loses}.`)),
      ...(untried === undefined ? [] : plain(`(${untried})`)),
    ];
  });
}

function field(label: string, texts: readonly string[], width: number, colours: Colours): string[] {
  return lines(
    label,
    texts.flatMap((text) => wrapped(text, width - labelWidth - 2, 2)),
    colours,
  );
}

function lines(label: string, texts: readonly string[], { dim }: Colours): string[] {
  return texts.map((line, index) => `  ${dim((index === 0 ? label : '').padEnd(labelWidth))}${line}`);
}

function limited(texts: readonly string[], what: string): string[] {
  return texts.length <= shown ? [...texts] : [...texts.slice(0, shown), `and ${texts.length - shown} more ${what}`];
}

function paintOf(severity: Severity, { red, yellow, cyan }: Colours): (text: string) => string {
  return { error: red, warning: yellow, note: cyan }[severity];
}
