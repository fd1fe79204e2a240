/**
 * An explanation as a tree of text: what holds what, the fields that prove it, and commands with what they lose. Pure.
 */
import type { Remedy } from '../../remedies/remedy.ts';
import { type Blocker, isStuck, type Why } from '../../why/blocker.ts';
import { asLines, type Colours, coloursFor } from '../terminal.ts';
import { remedyLines } from './remedy-lines.ts';

export type TreeOptions = { colour: boolean; columns: number; depth: number };

/** So much evidence, and so many of the same kind side by side, are shown; -o json lists all. */
const shownProofs = 4;
const shownBranches = 10;

export function treeOf(answer: Why, { colour, columns, depth }: TreeOptions): string {
  const colours = coloursFor(colour);
  const head = answer.stuck ? colours.bold(colours.red(answer.says)) : colours.bold(answer.says);
  const lines = [
    head,
    ...branches(answer.blockers, '', depth, Math.max(60, columns), colours),
    ...(answer.tried ? [colours.dim(triedText(answer.tried))] : []),
    ...answer.notSeen.slice(0, 5).map((text) => colours.yellow(`not seen: ${text}`)),
    ...(answer.notSeen.length > 5 ? [colours.yellow(`not seen: ${answer.notSeen.length - 5} more; -o json lists them`)] : []),
  ];
  return asLines(lines);
}

/** It was asked as whoever called, and others may be answered otherwise. */
function triedText({ what, answer, message }: NonNullable<Why['tried']>): string {
  if (answer === 'allowed') return `dry run with your permissions: ${what} is allowed`;
  return answer === 'refused' ? `dry run with your permissions: ${what} is refused` : `dry run not possible: ${what}: ${message}`;
}

function branches(
  blockers: readonly Blocker<Remedy>[],
  indent: string,
  depth: number,
  columns: number,
  colours: Colours,
): string[] {
  const shown = blockers.slice(0, shownBranches);
  const more = blockers.length - shown.length;
  const ends = shown.length + (more > 0 ? 1 : 0);
  return [
    ...shown.flatMap((blocker, index) => branch(blocker, indent, index === ends - 1, depth, columns, colours)),
    ...(more > 0 ? [`${indent}└─ and ${more} more; -o json lists all`] : []),
  ];
}

function branch(
  blocker: Blocker<Remedy>,
  indent: string,
  isLast: boolean,
  depth: number,
  columns: number,
  colours: Colours,
): string[] {
  const below = `${indent}${isLast ? '   ' : '│  '}`;
  const hasChildren = blocker.because.length > 0 && depth > 1;
  const margin = `${below}${hasChildren ? '│  ' : '   '}`;
  const paint = blocker.stuck ? colours.red : isStuck(blocker) ? colours.yellow : (text: string) => text;
  const told = blocker.evidence.filter(({ says }) => !blocker.says.endsWith(`: ${says}`));
  const proofs = told.slice(0, shownProofs).map(proofText);
  const says = wrap(blocker.says, columns - indent.length - 3);
  return [
    ...says.map((line, index) => `${index === 0 ? `${indent}${isLast ? '└─' : '├─'} ` : margin}${paint(line)}`),
    ...proofs.flatMap((text) => wrap(text, columns - margin.length).map((line) => `${margin}${colours.dim(line)}`)),
    ...remedyLines(blocker.remedies, colours).map((line) => `${margin}${line}`),
    ...(hasChildren ? branches(blocker.because, below, depth - 1, columns, colours) : []),
    ...(blocker.because.length > 0 && !hasChildren ? [`${margin}… ${blocker.because.length} more below; increase --depth`] : []),
  ];
}

function proofText({ object, field, value, says }: Blocker['evidence'][number]): string {
  const place = field === undefined ? object : `${object} ${field}`;
  return `${place}${value === undefined ? '' : ` = ${value}`}: ${says}`;
}

/** Words that fit, further lines set in a little. Commands are never broken: they are there to be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(40, width)) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
