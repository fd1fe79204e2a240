/**
 * Rejects YAML that would exhaust its reader, before it is parsed: the library recurses for each level, and looks up
 * each alias among all anchors. Its lexer does neither, but is slow, so it runs only if a first look gives a reason.
 */
import { Lexer } from 'yaml';
import { isMap } from './fields.ts';
import { longestText, mostLevels, mostMadeKeys, mostMarks } from './limits.ts';

export type Excess = { line: number; message: string };

/** What is too much in the text, and on which line, from 1. */
export function excessIn(text: string): Excess | undefined {
  if (text.length > longestText)
    return { line: 1, message: `the text is longer than ${longestText / 1024 / 1024} Mi characters` };
  if (!isSuspicious(text)) return undefined;
  const levels = new Levels();
  const keys = new Keys();
  let marks = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const isIndicator: boolean = !isScalar;
    isScalar = isIndicator && token === scalarMark;
    if (isIndicator && /^[&*!]./.test(token)) marks++;
    if (marks > mostMarks) return { line: levels.line, message: `more than ${mostMarks} anchors, aliases and tags` };
    if (levels.after(token, isIndicator) > mostLevels) return tooDeep(levels.line);
    if (keys.after(token, isIndicator) > mostMadeKeys)
      return { line: levels.line, message: `more than ${mostMadeKeys} maps or lists as keys` };
  }
  return undefined;
}

/** Also of what aliases have made, which may hold itself. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) return true;
    level = level.flatMap((each) =>
      Array.isArray(each) ? each.filter(isNested) : isMap(each) ? Object.values(each).filter(isNested) : [],
    );
  }
  return false;
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

export function tooDeep(line: number): Excess {
  return { line, message: `maps and lists are nested more than ${mostLevels} levels deep` };
}

/** What the lexer puts before the text of a value. */
const scalarMark = '\u001f';

function isSuspicious(text: string): boolean {
  return (
    (text.match(/[[{]/g)?.length ?? 0) > mostLevels ||
    (text.match(/[&*!]/g)?.length ?? 0) > mostMarks ||
    (text.match(/[{[,]\s{0,9}[{[&!]|[\]}]\s{0,9}:|\?\s/g)?.length ?? 0) > mostMadeKeys ||
    deepLine.test(text) ||
    chained.test(text)
  );
}

const deepLine = new RegExp(`^[ \\t]{${mostLevels}}`, 'm');
/** `- - - - a`: lists in lists on one line. */
const chained = /(?:[-?:][ \t]{1,9}){50}/;

/**
 * Where in maps and lists the lexer is. By indentation a level begins at every column that is further right; in
 * brackets with each of them.
 */
class Levels {
  line = 1;
  #column = 0;
  #isFresh = true;
  #brackets = 0;
  readonly #columns: number[] = [];

  /** @returns the level after this token */
  after(token: string, isIndicator: boolean): number {
    if (isIndicator && (token === '[' || token === '{')) this.#brackets++;
    else if (isIndicator && (token === ']' || token === '}')) this.#brackets = Math.max(0, this.#brackets - 1);
    else if (isIndicator && token.startsWith('---')) this.#brackets = 0;
    if (this.#brackets === 0 && token.trim() !== '' && (this.#isFresh || token === '-' || token === '?')) this.#begin();
    this.#move(token);
    return this.#columns.length + this.#brackets;
  }

  #begin(): void {
    this.#isFresh = false;
    while ((this.#columns.at(-1) ?? -1) > this.#column) this.#columns.pop();
    if ((this.#columns.at(-1) ?? -1) < this.#column) this.#columns.push(this.#column);
  }

  #move(token: string): void {
    const breaks = token.split('\n').length - 1;
    this.line += breaks;
    if (breaks > 0) this.#isFresh = true;
    this.#column =
      breaks > 0 ? token.length - token.lastIndexOf('\n') - 1 : this.#column + (token === scalarMark ? 0 : token.length);
  }
}

/** How many keys are maps or lists: after `?`, in brackets where a key is due, or before a colon. */
class Keys {
  #count = 0;
  #before = '';
  readonly #open: string[] = [];

  /** @returns how many until after this token */
  after(token: string, isIndicator: boolean): number {
    // Spaces, marks of text, anchors and tags stand before what they are about.
    if (token.trim() === '' || token === scalarMark || (isIndicator && /^[&!#]/.test(token))) return this.#count;
    const indicator = isIndicator ? token : 'text';
    const isKey = this.#before === '{' || (this.#before === ',' && this.#open.at(-1) === '{');
    const closed = this.#before === ']' || this.#before === '}';
    const opens = indicator === '[' || indicator === '{';
    if (indicator === '?' || (opens && isKey) || (indicator === ':' && closed)) this.#count++;
    if (opens) this.#open.push(indicator);
    if (indicator === ']' || indicator === '}') this.#open.pop();
    this.#before = indicator;
    return this.#count;
  }
}
