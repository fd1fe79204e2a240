/**
 * The YAML that programs write and most people too: maps and lists by indentation, values on one line, literal text
 * behind `|`. Read line by line this takes a tenth of the time that the library needs for the whole language, and large
 * charts are mostly reading. Whatever else is met, from an anchor to a tab, is left to the library; so what is read
 * here means the same as there (`plain-yaml.property.test.ts` compares them), and no error is ever told from here.
 */

import { mostLevels } from './limits.ts';
import { isPlainText, type Meaning, NotPlain, plainValue, withoutSpaces } from './plain-scalar.ts';

/** Lines of one document, from the first to before the last, counted from 0. */
export type Span = { from: number; to: number };

/** What a document holds. Its line is that on which the content begins, from 1. */
export type Content = { value: unknown; line: number };

/**
 * Where the documents of a text are, or undefined when that is not told by lines of `---` alone.
 *
 * @param lines of the text, as its line feeds part them
 */
export function spansOf(lines: readonly string[]): Span[] | undefined {
  const spans: Span[] = [];
  let from = 0;
  for (const [index, line] of lines.entries()) {
    if (unusual.test(line)) return undefined;
    if (!mark.test(line)) continue;
    if (!separator.test(line)) return undefined;
    spans.push({ from, to: index });
    from = index + 1;
  }
  return [...spans, { from, to: lines.length }];
}

/** Carriage returns and other control characters, and the mark of the order of bytes. */
const unusual = /[^\P{Cc}\t]|\uFEFF/u;
/** How a line begins that parts documents, gives directions to the reader, or looks like it. */
const mark = /^(?:---|\.\.\.|%)/;
const separator = /^--- *(?: #.*)?$/;

/**
 * @param meaning what a value without quotes means that is not plainly text or a whole number
 * @returns its content, none where there are but comments; undefined when anything in it is not plain
 */
export function plainContent(lines: readonly string[], span: Span, meaning: Meaning): Content[] | undefined {
  try {
    return new PlainReader(lines, span, meaning).content();
  } catch (error) {
    // A text of many megabytes can be too long for the stack of regular expressions.
    if (error instanceof NotPlain || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A key, and what stands behind its colon. */
const entry = /^(?:([A-Za-z_][\w./-]{0,200})|"([\w./ -]{1,200})"|'([\w./ -]{1,200})'):(?: +(.*))?$/;
const item = /^-(?:( +)(.*))?$/;
/** The beginning of literal text; with a minus its last line feed is taken away. */
const literal = /^\|(-?) *(?: #.*)?$/;

class PlainReader {
  readonly #lines: readonly string[];
  readonly #end: number;
  readonly #meaning: Meaning;
  /** The line that is read, its indentation, and what is on it; at the end -1 and nothing. */
  #at: number;
  #indent = -1;
  #content = '';
  #levels = 0;

  constructor(lines: readonly string[], { from, to }: Span, meaning: Meaning) {
    this.#lines = lines;
    this.#at = from - 1;
    this.#end = to;
    this.#meaning = meaning;
  }

  content(): Content[] {
    this.#next();
    if (this.#indent < 0) return [];
    const line = this.#at + 1;
    const value = this.#node();
    if (this.#indent >= 0) throw new NotPlain();
    return [{ value, line }];
  }

  /** To the next line with content. */
  #next(): void {
    for (this.#at++; this.#at < this.#end; this.#at++) {
      const line = this.#lines[this.#at] ?? '';
      const indent = indentOf(line);
      if (indent === line.length || line[indent] === '#') continue;
      this.#stand(indent, withoutSpaces(line).slice(indent));
      return;
    }
    this.#stand(-1, '');
  }

  #stand(indent: number, content: string): void {
    this.#indent = indent;
    this.#content = content;
  }

  /** The map or the list that begins here. */
  #node(): unknown {
    // Of what is nested too deeply the library's side tells.
    if (++this.#levels > mostLevels) throw new NotPlain();
    const node = item.test(this.#content) ? this.#list() : this.#map();
    this.#levels--;
    return node;
  }

  #map(): Record<string, unknown> {
    const indent = this.#indent;
    const map: Record<string, unknown> = {};
    while (this.#indent === indent) {
      const [, bare, double, single, text = ''] = entry.exec(this.#content) ?? [];
      const key = bare ?? double ?? single;
      if (key === undefined || key === '__proto__' || (bare !== undefined && !isPlainText(bare))) throw new NotPlain();
      map[key] = this.#value(text, indent, true);
    }
    return map;
  }

  #list(): unknown[] {
    const indent = this.#indent;
    const list: unknown[] = [];
    while (this.#indent === indent) {
      const [whole, spaces = '', text = ''] = item.exec(this.#content) ?? [];
      // The next key of the map that the list is in.
      if (whole === undefined) return list;
      if (entry.test(text) || item.test(text)) {
        this.#stand(indent + 1 + spaces.length, text);
        list.push(this.#node());
        if (this.#indent > indent) throw new NotPlain();
      } else list.push(this.#value(text, indent, false));
    }
    return list;
  }

  /** What stands behind a key or a dash, on its line or on those below. Leaves off at a line that is no deeper. */
  #value(text: string, indent: number, isOfKey: boolean): unknown {
    const value = this.#valueOrMore(text, indent, isOfKey);
    // What is deeper goes on with the value, in a way that is not plain.
    if (this.#indent > indent) throw new NotPlain();
    return value;
  }

  #valueOrMore(text: string, indent: number, isOfKey: boolean): unknown {
    const [header, chomping] = literal.exec(text) ?? [];
    if (header !== undefined) return this.#literal(indent, chomping === '');
    this.#next();
    if (text !== '' && text[0] !== '#') return plainValue(text, this.#meaning);
    const isBelow = this.#indent > indent || (isOfKey && this.#indent === indent && item.test(this.#content));
    return isBelow ? this.#node() : null;
  }

  /** @param indent of the key or dash; the text is deeper, by as much as its first line */
  #literal(indent: number, endsLine: boolean): string {
    const found: string[] = [];
    let depth = 0;
    let filled = 0;
    let at = this.#at + 1;
    for (; at < this.#end; at++) {
      const line = this.#lines[at] ?? '';
      const spaces = indentOf(line);
      const isBlank = spaces === line.length;
      // Spaces alone are text where they are deeper, and forbidden before the first line that has text.
      if (isBlank && spaces > (depth || indent + 1)) throw new NotPlain();
      if (!isBlank && depth === 0) depth = spaces;
      if (!isBlank && (spaces < depth || depth <= indent)) break;
      found.push(isBlank ? '' : line.slice(depth));
      if (!isBlank) filled = found.length;
    }
    const isCutOff = at === this.#lines.length && this.#lines.at(-1) !== '';
    if (filled === 0 || isCutOff) throw new NotPlain();
    this.#at = at - 1;
    this.#next();
    return `${found.slice(0, filled).join('\n')}${endsLine ? '\n' : ''}`;
  }
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent++;
  return indent;
}
