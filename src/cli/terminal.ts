/**
 * All text that the program prints goes through `forTerminal`, which makes control characters visible. Only sequences
 * that this file marked are kept: our colours and cursor moves. The mark is a random number for each run, so no input
 * can contain it.
 */
import pc from 'picocolors';
import { oneLine, visible } from '../objects/visible-text.ts';

export type Colours = Record<(typeof names)[number], (text: string) => string>;

const names = ['bold', 'dim', 'red', 'yellow', 'green', 'cyan', 'blue'] as const;

// Characters that Unicode keeps for the inside of programs.
const [first, last] = ['\uFDD0', '\uFDD1'];

/** Of this run: how its sequences begin, and what finds them. */
type Mark = { begin: string; pattern: RegExp };

/**
 * Absent until there is a sequence of ours: most output has none, and `node:crypto` takes a good part of `--help` to
 * load.
 */
let mark: Mark | undefined;

function makeMark(): Mark {
  const begin = `${first}${process.getBuiltinModule('node:crypto').randomUUID()}`;
  return { begin, pattern: new RegExp(`${begin}([^${last}]*)${last}`) };
}

/** A sequence of ours, such as `\u001b[K`, for the text that is written. */
export function control(sequence: string): string {
  mark ??= makeMark();
  return `${mark.begin}${sequence}${last}`;
}

/** The colours of a terminal, or none. */
export function coloursFor(enabled: boolean): Colours {
  const raw = pc.createColors(enabled);
  const paint = (name: (typeof names)[number]) => {
    const [before = '', after = ''] = raw[name]('|').split('|');
    return enabled ? (text: string) => `${control(before)}${text}${control(after)}` : (text: string) => text;
  };
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    yellow: paint('yellow'),
    green: paint('green'),
    cyan: paint('cyan'),
    blue: paint('blue'),
  };
}

/** What may be written: nothing in it acts on a terminal but what is ours. */
export function forTerminal(text: string): string {
  return rendered(text, visible);
}

/** For another program, which gets every byte that it would get from a file. */
export function forProgram(text: string): string {
  return rendered(text, (part) => part);
}

/** Lines, each of which stays one whatever stands in it. */
export function asLines(lines: readonly string[]): string {
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

/** What stands between marks is at every odd place. */
function rendered(text: string, shown: (part: string) => string): string {
  if (mark === undefined) return shown(text);
  return text
    .split(mark.pattern)
    .map((part, index) => (index % 2 === 1 ? part : shown(part)))
    .join('');
}
