/**
 * YAML values on one line: quoted, unquoted, and lists and maps in brackets. It is as strict as `plain-yaml.ts` and
 * leaves everything unusual to the library.
 */

import { mostLevels } from './limits.ts';

/** Thrown for what is left to the library: it may well be YAML, and it may be none. */
export class NotPlain extends Error {}

/**
 * What a value without quotes means that is not plainly text or a whole number, such as `1.5` or `0644`; undefined when
 * that cannot be told.
 */
export type Meaning = (text: string) => unknown;

/**
 * @param text without the spaces around it, and not empty; a comment may follow
 * @throws NotPlain
 */
export function plainValue(text: string, meaning: Meaning): unknown {
  const first = text[0];
  if (first !== '"' && first !== "'" && first !== '[' && first !== '{') return unquoted(withoutComment(text), meaning);
  const reader = new OnLine(text, meaning);
  const value = reader.value();
  reader.expectEnd();
  return value;
}

/** How much of the text the value takes, without what follows it. */
export function lengthOfValue(text: string, meaning: Meaning): number {
  return /^["'[{]/.test(text) ? new OnLine(text, meaning).length() : withoutComment(text).length;
}

/** Of text that is known to be no more than a word of letters: keys above all. */
export function isPlainText(text: string): boolean {
  return textLike.test(text) && !(text.length <= 5 && otherThanText.test(text));
}

/**
 * With a letter, and what begins a path, a template or a flag, begins neither a number nor anything that YAML reserves.
 */
const textLike = /^(?:[A-Za-z_/$(]|-[A-Za-z-])/;
const otherThanText = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
const wholeNumber = /^(?:0|-?[1-9][0-9]{0,14})$/;
/** What may begin a value without quotes: ASCII that has no meaning of its own; a minus only before something. */
const beginning = /^(?:[\w./$()+<=^~;\\]|-[^\s])/;

function unquoted(text: string, meaning: Meaning): unknown {
  if (!beginning.test(text) || text.includes(': ') || text.endsWith(':') || text.includes('\t')) throw new NotPlain();
  if (isPlainText(text)) return text;
  if (wholeNumber.test(text)) return Number(text);
  // Alone this would end a document.
  const value = text.startsWith('...') ? undefined : meaning(text);
  if (value === undefined) throw new NotPlain();
  return value;
}

function withoutComment(text: string): string {
  const end = text.indexOf(' #');
  return end < 0 ? text : withoutSpaces(text.slice(0, end));
}

/** Without those at its end: the only white space that is met here, and there is more that is text to YAML. */
export function withoutSpaces(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 32) end--;
  return text.slice(0, end);
}

/** By spaces: a tab is no indentation. */
export function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent++;
  return indent;
}

/** Values without quotes in brackets: letters, digits and what never ends or begins anything. */
const word = /[\w./$-]+/y;
const doubleQuoted = /"[^"\\\t]*(?:\\["\\/nt][^"\\\t]*)*"/y;
const singleQuoted = /'[^'\t]*(?:''[^'\t]*)*'/y;

/** Reads along one line. */
class OnLine {
  readonly #text: string;
  readonly #meaning: Meaning;
  #at = 0;
  #levels = 0;

  constructor(text: string, meaning: Meaning) {
    this.#text = text;
    this.#meaning = meaning;
  }

  value(): unknown {
    const quoted = this.#quoted();
    if (quoted !== undefined) return quoted;
    if (this.#takes('[')) return this.#nested(() => this.#list());
    if (this.#takes('{')) return this.#nested(() => this.#map());
    return unquoted(this.#match(word) ?? '', this.#meaning);
  }

  length(): number {
    this.value();
    return this.#at;
  }

  #nested(read: () => unknown): unknown {
    if (++this.#levels > mostLevels) throw new NotPlain();
    const value = read();
    this.#levels--;
    return value;
  }

  expectEnd(): void {
    const rest = this.#text.slice(this.#at);
    if (!/^ *(?: #.*)?$/.test(rest)) throw new NotPlain();
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#skip();
    if (this.#takes(']')) return list;
    for (;;) {
      list.push(this.value());
      if (this.#endsWith(']')) return list;
    }
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.#skip();
    if (this.#takes('}')) return map;
    for (;;) {
      const key = this.#quoted() ?? this.#match(word) ?? '';
      if (!isPlainText(key) || key === '__proto__' || !this.#takes(':') || !this.#takes(' ')) throw new NotPlain();
      this.#skip();
      map[key] = this.value();
      if (this.#endsWith('}')) return map;
    }
  }

  /** After an item: whether all is over, or another one follows. */
  #endsWith(bracket: string): boolean {
    this.#skip();
    if (this.#takes(bracket)) return true;
    if (!this.#takes(',')) throw new NotPlain();
    this.#skip();
    return false;
  }

  #quoted(): string | undefined {
    const double = this.#match(doubleQuoted);
    if (double !== undefined) return JSON.parse(double) as string;
    return this.#match(singleQuoted)?.slice(1, -1).replaceAll("''", "'");
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }
}
