/**
 * YAML values that go on over several lines, without quotes or in them: generated definitions describe their fields so.
 * It is as strict as `plain-yaml.ts` and leaves everything unusual to the library.
 */
import { indentOf, isPlainText, type Meaning, NotPlain, plainValue, withoutSpaces } from './plain-scalar.ts';

/** What such a value may stand in: the lines, and where the next one is. */
export type Below = {
  lines: readonly string[];
  /** The line below the beginning, and the end of the document. */
  from: number;
  end: number;
  /** Of the key or dash: what is deeper goes on with the value. */
  indent: number;
};

/** The value, and the line at which it is over. */
export type Folded = { value: string; at: number };

/** Undefined where the value without quotes is over on its line. @throws NotPlain */
export function foldedPlain(text: string, { lines, from, end, indent }: Below): Folded | undefined {
  const parts: string[] = [];
  let over = from;
  for (let at = from; at < end; at++) {
    const line = lines[at] ?? '';
    const spaces = indentOf(line);
    if (spaces === line.length) {
      parts.push('');
      continue;
    }
    if (spaces <= indent) break;
    const part = withoutSpaces(line).slice(spaces);
    if (!goesOn.test(part) || ends.test(part)) throw new NotPlain();
    while (parts.length < at - from) parts.push('');
    parts.push(part);
    over = at + 1;
  }
  if (over === from) return undefined;
  if (!isPlainText(text) || ends.test(text)) throw new NotPlain();
  return { value: joined([text, ...parts.slice(0, over - from)], ' ', '\n'), at: over };
}

/** Undefined where the value is no text in quotes that goes on below. @throws NotPlain */
export function foldedQuoted(text: string, below: Below, meaning: Meaning): Folded | undefined {
  const quote = text[0];
  if ((quote !== '"' && quote !== "'") || isClosed(text, quote)) return undefined;
  if (isSpaceEscaped(text, below.lines[below.from - 1] ?? '')) throw new NotPlain();
  const parts = [text];
  for (let at = below.from; at < below.end; at++) {
    const line = below.lines[at] ?? '';
    const isLast = isClosed(line, quote, true);
    parts.push(partOf(line, below.indent, isLast));
    if (isLast) return { value: quote === '"' ? doubleQuoted(parts, meaning) : singleQuoted(parts, meaning), at: at + 1 };
  }
  throw new NotPlain();
}

/** What of a line belongs to the text in quotes. */
function partOf(line: string, indent: number, isLast: boolean): string {
  const spaces = indentOf(line);
  if (spaces === line.length) return '';
  if (spaces <= indent) throw new NotPlain();
  if (isLast) return line.slice(spaces);
  const part = withoutSpaces(line).slice(spaces);
  if (isSpaceEscaped(part, line)) throw new NotPlain();
  return part;
}

/** The spaces at the end of a line are no part of the text, but for one behind a backslash. */
function isSpaceEscaped(part: string, line: string): boolean {
  return part.endsWith('\\') && line.endsWith(' ');
}

function singleQuoted(parts: readonly string[], meaning: Meaning): string {
  return textOf(joined(parts, ' ', '\n'), meaning);
}

/** A backslash at the end of a line takes the line feed away, and one before a space keeps the space. */
function doubleQuoted(parts: readonly string[], meaning: Meaning): string {
  const [last = '', ...before] = parts.toReversed();
  const whole = before.reduce((rest, part) => {
    if (!endsEscaped.test(part)) return `${part}\n${rest}`;
    // What stands below it begins on an empty line, or with spaces that count.
    if (rest === '' || rest.startsWith('\n')) throw new NotPlain();
    return `${part.slice(0, -1)}${rest}`;
  }, last);
  const feeds = whole.replace(/\n+/g, ({ length }) => (length === 1 ? ' ' : '\\n'.repeat(length - 1)));
  const spaces = feeds.replace(/\\(.)/g, (pair, character) => (character === ' ' ? ' ' : pair));
  return textOf(spaces, meaning);
}

function textOf(whole: string, meaning: Meaning): string {
  const value = whole.includes('\t') ? undefined : plainValue(whole, meaning);
  if (typeof value !== 'string') throw new NotPlain();
  return value;
}

/** With a backslash that is not escaped itself. */
const endsEscaped = /(?<!\\)(?:\\\\)*\\$/;

/** One line feed is a space; each further one is one. */
function joined(parts: readonly string[], space: string, feed: string): string {
  let whole = '';
  let empty = 0;
  for (const [index, part] of parts.entries()) {
    if (index > 0 && part === '' && index < parts.length - 1) {
      empty++;
      continue;
    }
    whole += index === 0 ? part : `${empty > 0 ? feed.repeat(empty) : space}${part}`;
    empty = 0;
  }
  return whole;
}

/** @param isWithin the quotes were opened on a line above */
function isClosed(text: string, quote: string, isWithin = false): boolean {
  let quotes = isWithin ? 1 : 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === quote) quotes++;
    else if (quote === '"' && text[at] === '\\') at++;
    if (quotes > 0 && quotes % 2 === 0 && text[at] === quote && text[at + 1] !== quote) return true;
  }
  return false;
}

/** What a line may begin with that goes on with a text, here: nothing that begins anything else. */
const goesOn = /^[\w./$()<=^~;\\"'`+*]/;
/** What ends a text, or makes it a key. */
const ends = /: |:$| #|\t/;
