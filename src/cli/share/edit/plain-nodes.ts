/**
 * Where everything stands in a text of YAML that is plain: maps and lists by indentation, a value on the line of its
 * key. For the library, finding that out takes most of the time of a change. What is met besides is left to the
 * library, and what comes of it is read again and compared: see `with-values.ts`.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { mostLevels } from '../../../objects/limits.ts';
import type { Value } from './nodes.ts';

/** Thrown for what is left to the library. */
export class NotPlainText extends Error {}

export type PlainNodes = {
  document: Document.Parsed;
  /** Values in brackets and braces, in which nothing is known. */
  closed: ReadonlySet<unknown>;
};

/** Undefined where anything is not plain. */
export function plainNodesOf(text: string): PlainNodes | undefined {
  if (unusual.test(text)) return undefined;
  try {
    const reader = new Reader(text);
    const document = new Document(null) as unknown as Document.Parsed;
    document.contents = reader.root() as Document.Parsed['contents'];
    return { document, closed: reader.closed };
  } catch (error) {
    if (error instanceof NotPlainText) return undefined;
    throw error;
  }
}

/** Tabs and control characters, and what parts documents or gives directions to the reader. */
const unusual = /[^\P{Cc}\n]|\uFEFF|^(?:---|\.\.\.|%)/mu;
const entry = /^(?:[A-Za-z_][\w./-]*|"[\w./ -]+"|'[\w./ -]+')(?=:(?: |$))/;
const quoted = /^(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*(?:''[^']*)*')/;
/** What may begin a value without quotes. */
const bare = /^(?:[\w./$()+<=^~;\\]|-[^\s])/;

class Reader {
  readonly closed = new Set<unknown>();
  readonly #text: string;
  /** Where the line ends that is read, without the spaces there. */
  #end = 0;
  /** Where the next line begins. */
  #next = 0;
  /** Where the content begins that is looked at, and its column; at the end of the text -1. */
  #at = 0;
  #column = -1;
  #levels = 0;

  constructor(text: string) {
    this.#text = text;
  }

  root(): Value {
    this.#advance();
    if (this.#column < 0) throw new NotPlainText();
    const node = this.#node();
    if (this.#column >= 0) throw new NotPlainText();
    return node;
  }

  /** To the next line with content. */
  #advance(): void {
    const text = this.#text;
    while (this.#next < text.length) {
      const start = this.#next;
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      this.#next = end + 1;
      const at = start + indentAt(text, start);
      if (at === end || text[at] === '#') continue;
      this.#end = trimmed(text, at, end);
      this.#at = at;
      this.#column = at - start;
      return;
    }
    this.#column = -1;
  }

  #isDash(): boolean {
    return this.#text[this.#at] === '-' && (this.#at + 1 === this.#end || this.#text[this.#at + 1] === ' ');
  }

  #node(): YAMLMap | YAMLSeq {
    if (++this.#levels > mostLevels) throw new NotPlainText();
    const node = this.#isDash() ? this.#list() : this.#map();
    this.#levels--;
    return node;
  }

  #map(): YAMLMap {
    const map = new YAMLMap();
    const [column, start] = [this.#column, this.#at];
    while (this.#column === column) {
      const [key] = entry.exec(this.#text.slice(this.#at, this.#end)) ?? [];
      if (key === undefined) throw new NotPlainText();
      const colon = this.#at + key.length;
      const name = scalar(key.replaceAll(/^["']|["']$/g, ''), this.#at, colon);
      this.#at = colon + 1;
      const pair = new Pair<unknown, unknown>(name, this.#value(column, true));
      pair.srcToken = { start: [], key: null, sep: [{ type: 'map-value-ind', offset: colon, indent: column, source: ':' }] };
      map.items.push(pair);
    }
    return placed(map, start);
  }

  #list(): YAMLSeq {
    const list = new YAMLSeq();
    const [column, start] = [this.#column, this.#at];
    const dashes: { start: [{ type: 'seq-item-ind'; offset: number; indent: number; source: string }] }[] = [];
    while (this.#column === column && this.#isDash()) {
      dashes.push({ start: [{ type: 'seq-item-ind', offset: this.#at, indent: column, source: '-' }] });
      let at = this.#at + 1;
      while (this.#text[at] === ' ') at++;
      const isNested =
        at < this.#end && (entry.test(this.#text.slice(at, this.#end)) || /^-(?: |$)/.test(this.#text.slice(at, this.#end)));
      if (isNested) {
        this.#column += at - this.#at;
        this.#at = at;
        list.items.push(this.#node());
        if (this.#column > column) throw new NotPlainText();
      } else {
        this.#at++;
        list.items.push(this.#value(column, false));
      }
    }
    list.srcToken = { type: 'block-seq', offset: start, indent: column, items: dashes };
    return placed(list, start);
  }

  /** What stands behind a colon or a dash, on its line or on those below. */
  #value(column: number, isOfKey: boolean): Value {
    const value = this.#onLine(column) ?? this.#below(column, isOfKey);
    // What is deeper goes on with the value.
    if (this.#column > column) throw new NotPlainText();
    return value;
  }

  #onLine(column: number): Scalar | YAMLMap | YAMLSeq | undefined {
    let at = this.#at;
    while (this.#text[at] === ' ') at++;
    const rest = this.#text.slice(at, this.#end);
    if (rest === '' || rest[0] === '#') return undefined;
    if (rest === '|' || rest === '|-') return this.#literal(at, column);
    const [text] = quoted.exec(rest) ?? [];
    const comment = rest.indexOf(' #', text?.length ?? 0);
    const end = trimmed(this.#text, at, comment < 0 ? this.#end : at + comment);
    const whole = this.#text.slice(at, end);
    const node = nodeOnLine(whole, text !== undefined, at, end);
    if (node instanceof Scalar && /^[[{]/.test(whole)) this.closed.add(node);
    this.#advance();
    return node;
  }

  /** Text of several lines, which ends behind the end of its last line with content. */
  #literal(at: number, column: number): Scalar {
    const text = this.#text;
    let [depth, end] = [0, this.#next];
    for (let start = this.#next; start < text.length; ) {
      const found = text.indexOf('\n', start);
      const next = found < 0 ? text.length : found + 1;
      const indent = indentAt(text, start);
      const isBlank = start + indent === (found < 0 ? text.length : found);
      if (!isBlank) {
        if (depth === 0) depth = indent;
        if (indent < depth || depth <= column) break;
        end = next;
      }
      start = next;
    }
    if (depth <= column) throw new NotPlainText();
    this.#next = end;
    this.#advance();
    return scalar(null, at, end);
  }

  #below(column: number, isOfKey: boolean): Value {
    const behind = this.#at;
    this.#advance();
    if (this.#column > column || (isOfKey && this.#column === column && this.#isDash())) return this.#node();
    return scalar(null, behind, behind);
  }
}

function nodeOnLine(text: string, isQuoted: boolean, at: number, end: number): Scalar | YAMLMap | YAMLSeq {
  if (isQuoted) {
    if (quoted.exec(text)?.[0] !== text) throw new NotPlainText();
    return scalar(text, at, end);
  }
  if (text === '{}' || text === '[]') {
    const empty = text === '{}' ? new YAMLMap() : new YAMLSeq();
    empty.flow = true;
    empty.range = [at, end, end];
    return empty;
  }
  const isClosed = (text.startsWith('{') && text.endsWith('}')) || (text.startsWith('[') && text.endsWith(']'));
  if (isClosed ? text.includes(' #') : !bare.test(text) || text.includes(': ') || text.endsWith(':')) throw new NotPlainText();
  return scalar(text, at, end);
}

/** What it means does not matter here: values are compared as they were read. */
function scalar(value: unknown, start: number, end: number): Scalar {
  const node = new Scalar(value);
  node.range = [start, end, end];
  return node;
}

function placed<T extends YAMLMap | YAMLSeq>(node: T, start: number): T {
  node.range = [start, start, start];
  return node;
}

function indentAt(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at++;
  return at - from;
}

function trimmed(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && text[end - 1] === ' ') end--;
  return end;
}
