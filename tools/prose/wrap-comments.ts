/**
 * Wraps long lines of comments in TypeScript as those of Markdown are: a comment is prose, and Biome formats code only.
 *
 * Only a paragraph with a line that is too long changes, and only where the comment stands on lines of its own.
 */
import { longestLine, wrapMarkdown } from './wrap-markdown.ts';

export function wrapComments(text: string, width = longestLine): string {
  const lines = text.split('\n');
  const wrapped: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const end = endOfComment(lines, index);
    const comment = lines.slice(index, end);
    const isLong = comment.some((line) => line.length > width);
    wrapped.push(...(isLong && isComment(comment) ? rewrapped(comment, width) : comment));
    index = end;
  }
  return wrapped.join('\n');
}

/** Behind the last line of the comment that begins at `start`; behind `start` itself when none does. */
function endOfComment(lines: readonly string[], start: number): number {
  const first = lines[start] ?? '';
  if (isLineComment(first)) {
    const end = lines.findIndex((line, index) => index > start && (!isLineComment(line) || indentOf(line) !== indentOf(first)));
    return end === -1 ? lines.length : end;
  }
  if (!/^\s*\/\*\*/.test(first)) return start + 1;
  const last = lines.findIndex((line, index) => index >= start && line.includes('*/'));
  return last === -1 ? start + 1 : last + 1;
}

/** Directives to tools are on one line, whatever its length. */
function isLineComment(line: string): boolean {
  return /^\s*\/\/ (?!biome-|@ts-)/.test(line);
}

function isComment(lines: readonly string[]): boolean {
  const [first = ''] = lines;
  const inside = lines.slice(1, -1);
  return (
    isLineComment(first) ||
    (/^\s*\/\*\*/.test(first) && inside.every((line) => /^\s*\*/.test(line)) && (lines.at(-1) ?? '').endsWith('*/'))
  );
}

function rewrapped(comment: readonly string[], width: number): string[] {
  const [first = ''] = comment;
  const indent = indentOf(first);
  const [open, each] = isLineComment(first) ? [[], `${indent}//`] : [[`${indent}/**`], `${indent} *`];
  const body = comment.map((line) => line.replace(/^\s*(?:\/\/|\/\*\*|\*(?!\/))? ?/, '').replace(/\s*\*\/$/, ''));
  if (!isLineComment(first)) {
    if (body[0] === '') body.shift();
    if (body.at(-1) === '') body.pop();
  }
  const lines = wrapMarkdown(body.join('\n'), width - each.length - 1).split('\n');
  return [...open, ...lines.map((line) => `${each} ${line}`.trimEnd()), ...(open.length > 0 ? [`${indent} */`] : [])];
}

function indentOf(line: string): string {
  return /^\s*/.exec(line)?.[0] ?? '';
}
