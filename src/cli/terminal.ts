/**
 * The one way of text out of this program. All of it goes through `forTerminal`, which makes visible whatever a
 * terminal would act on. Only what this file has marked itself stays: our colours and the moves of the live view. The
 * mark is a number that is drawn for each run, so nothing that is read can have it.
 */
import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import { oneLine, visible } from '../objects/visible-text.ts';

export type Colours = Record<(typeof names)[number], (text: string) => string>;

const names = ['bold', 'dim', 'red', 'yellow', 'green', 'cyan', 'blue'] as const;

// Characters that Unicode keeps for the inside of programs.
const begin = `\uFDD0${randomUUID()}`;
const end = '\uFDD1';
const marked = new RegExp(`${begin}([^${end}]*)${end}`);

/** A sequence of ours, such as `\u001b[K`, for the text that is written. */
export function control(sequence: string): string {
  return `${begin}${sequence}${end}`;
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
  return text
    .split(marked)
    .map((part, index) => (index % 2 === 1 ? part : shown(part)))
    .join('');
}
