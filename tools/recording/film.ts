/** The screens of a recording and how long each is shown. Pure. */
import type { Cast } from './cast.ts';
import { type Line, Terminal } from './terminal.ts';

export type Frame = { /** In seconds. */ from: number; lines: Line[] };
export type Film = { frames: Frame[] /** Until the last output, in seconds. */; length: number };

/** Nobody looks longer at a screen that does not change, in seconds. */
const longestPause = 1.5;
/** A program prints faster than people read: each line is at least so long the last one, in seconds. */
const shortestLine = 0.1;
/** What redraws a line more often is one picture, in seconds. */
const together = 0.05;

export function filmOf({ columns, rows, command, output }: Cast): Film {
  const terminal = new Terminal(columns, rows);
  terminal.write(`$ ${command}\r\n`);
  const frames: Frame[] = [{ from: 0, lines: terminal.screen }];
  let recorded = 0;
  let shown = 0;
  for (const { at, text } of output) {
    shown += Math.min(at - recorded, longestPause);
    recorded = at;
    for (const [index, line] of linesOf(text).entries()) {
      if (index > 0) shown += shortestLine;
      terminal.write(line);
      const last = frames.at(-1);
      if (last !== undefined && shown - last.from < together) last.lines = terminal.screen;
      else frames.push({ from: shown, lines: terminal.screen });
    }
  }
  return { frames, length: shown };
}

/** Each with its end. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
