/**
 * Reads the YAML that programs and most people write: maps and lists by indentation, values on one line, text that goes
 * on below, literal text after `|`. This takes a tenth of the time of the library, and large charts are mostly reading.
 * It leaves everything else, from an anchor to a tab, to the library, and reports no errors.
 * `plain-yaml.property.test.ts` proves that both read the same.
 */

import { mostLevels } from './limits.ts';
import { foldedPlain, foldedQuoted } from './plain-folded.ts';
import { indentOf, isPlainText, lengthOfValue, type Meaning, NotPlain, plainValue, withoutSpaces } from './plain-scalar.ts';

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

/** Where an entry of a map or a list stands, as offsets: its beginning, the colon or dash, and a value on its line. */
export type EntryPlace = { key?: string; at: number; mark: number; value: unknown; start: number; end: number };

/** The maps and lists of a document that stand by indentation, with their entries; those in brackets are not in it. */
export type Places = Map<unknown, { at: number; column: number; entries: EntryPlace[] }>;

/**
 * @param meaning what a value without quotes means that is not plainly text or a whole number
 * @param places is filled, for who changes the text
 * @returns its content, none where there are but comments; undefined when anything in it is not plain
 */
export function plainContent(lines: readonly string[], span: Span, meaning: Meaning, places?: Places): Content[] | undefined {
  try {
    return new PlainReader(lines, span, meaning, places).content();
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
  readonly #places: Places | undefined;
  /** Where each line begins, and where the value stood that was read last; only where places are asked for. */
  readonly #starts: number[] = [];
  #place = { start: 0, end: 0 };

  constructor(lines: readonly string[], { from, to }: Span, meaning: Meaning, places?: Places) {
    this.#lines = lines;
    this.#at = from - 1;
    this.#end = to;
    this.#meaning = meaning;
    this.#places = places;
    let start = 0;
    for (const { length } of places ? lines : []) {
      this.#starts.push(start);
      start += length + 1;
    }
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
    const entries = this.#entriesOf(map);
    while (this.#indent === indent) {
      const at = this.#offset;
      const [, bare, double, single, text = ''] = entry.exec(this.#content) ?? [];
      const key = bare ?? double ?? single;
      if (key === undefined || key === '__proto__' || (bare !== undefined && !isPlainText(bare))) throw new NotPlain();
      const mark = at + key.length + (bare === undefined ? 2 : 0);
      const value = this.#value(text, indent, mark);
      entries?.push({ key, at, mark, value, ...this.#place });
      map[key] = value;
    }
    return map;
  }

  #list(): unknown[] {
    const indent = this.#indent;
    const list: unknown[] = [];
    const entries = this.#entriesOf(list);
    while (this.#indent === indent) {
      const at = this.#offset;
      const [whole, spaces = '', text = ''] = item.exec(this.#content) ?? [];
      // The next key of the map that the list is in.
      if (whole === undefined) return list;
      if (entry.test(text) || item.test(text)) {
        this.#stand(indent + 1 + spaces.length, text);
        list.push(this.#node());
        if (this.#indent > indent) throw new NotPlain();
      } else list.push(this.#value(text, indent, at, false));
      entries?.push({ at, mark: at, value: list.at(-1), ...this.#place });
    }
    return list;
  }

  /** What stands behind a key or a dash, on its line or on those below. Leaves off at a line that is no deeper. */
  #value(text: string, indent: number, mark: number, isOfKey = true): unknown {
    if (this.#places) this.#place = this.#placeOf(text, mark);
    const value = this.#valueOrMore(text, indent, isOfKey);
    // What is deeper goes on with the value, in a way that is not plain.
    if (this.#indent > indent) throw new NotPlain();
    return value;
  }

  #valueOrMore(text: string, indent: number, isOfKey: boolean): unknown {
    const [header, chomping] = literal.exec(text) ?? [];
    if (header !== undefined) return this.#literal(indent, chomping === '');
    if (text !== '' && text[0] !== '#') return this.#scalar(text, indent);
    this.#next();
    const isBelow = this.#indent > indent || (isOfKey && this.#indent === indent && item.test(this.#content));
    if (!isBelow) return null;
    return this.#content[0] === '{' || this.#content[0] === '[' ? this.#bracketsBelow() : this.#node();
  }

  /** Templates often write `{}` where nothing is set, on a line of its own. */
  #bracketsBelow(): unknown {
    if (this.#places) throw new NotPlain();
    const value = plainValue(this.#content, this.#meaning);
    this.#next();
    return value;
  }

  #scalar(text: string, indent: number): unknown {
    const below = { lines: this.#lines, from: this.#at + 1, end: this.#end, indent };
    const isBracket = text[0] === '[' || text[0] === '{';
    const isQuote = text[0] === '"' || text[0] === "'";
    const folded = isBracket ? undefined : isQuote ? foldedQuoted(text, below, this.#meaning) : foldedPlain(text, below);
    // Who changes the text changes no value of several lines.
    if (folded && this.#places) throw new NotPlain();
    if (folded) this.#at = folded.at - 1;
    this.#next();
    return folded ? folded.value : plainValue(text, this.#meaning);
  }

  /** @param indent of the key or dash; the text is deeper, by as much as its first line */
  #literal(indent: number, endsLine: boolean): string {
    const first = this.#at + 1;
    const depth = this.#depthOfText(first);
    const { at, filledTo } = this.#extentOfText(first, depth, indent);
    const isCutOff = at === this.#lines.length && this.#lines.at(-1) !== '';
    if (filledTo === first || isCutOff) throw new NotPlain();
    this.#at = at - 1;
    this.#place.end = this.#starts[filledTo] ?? 0;
    this.#next();
    const text = this.#lines.slice(first, filledTo).map((line) => line.slice(depth));
    return `${text.join('\n')}${endsLine ? '\n' : ''}`;
  }

  /** The line at which the text is over, and the one behind its last line that is not empty. */
  #extentOfText(first: number, depth: number, indent: number): { at: number; filledTo: number } {
    let [at, filledTo] = [first, first];
    for (; at < this.#end; at++) {
      const line = this.#lines[at] ?? '';
      const spaces = indentOf(line);
      const isText = spaces < line.length;
      if (isText && (spaces < depth || depth <= indent)) break;
      if (isText) filledTo = at + 1;
      // Spaces alone are text where they are deeper, and forbidden before the first line that has text.
      else if (spaces > (filledTo === first ? indent + 1 : depth)) throw new NotPlain();
    }
    return { at, filledTo };
  }

  get #offset(): number {
    return (this.#starts[this.#at] ?? 0) + this.#indent;
  }

  #entriesOf(node: object): EntryPlace[] | undefined {
    const place = this.#places && { at: this.#offset, column: this.#indent, entries: [] };
    if (place) this.#places?.set(node, place);
    return place?.entries;
  }

  /** Of nothing, right behind its colon or dash. */
  #placeOf(text: string, mark: number): { start: number; end: number } {
    if (text === '' || text[0] === '#') return { start: mark + 1, end: mark + 1 };
    const start = this.#offset + this.#content.length - text.length;
    return { start, end: start + (literal.test(text) ? 0 : lengthOfValue(text, this.#meaning)) };
  }

  /** How deep the first line with text is. */
  #depthOfText(from: number): number {
    for (let at = from; at < this.#end; at++) {
      const line = this.#lines[at] ?? '';
      const depth = indentOf(line);
      if (depth < line.length) return depth;
    }
    return 0;
  }
}
