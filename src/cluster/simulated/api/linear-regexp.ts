/**
 * Regular expressions that come with what is read: in policies, schemas, conditions. The API server matches them with
 * Go's RE2, whose time grows with the text and not with its powers; JavaScript's own engine needs hours for `(a+)+$`
 * and thirty letters, and knows other expressions. This is the same engine as Go's, in JavaScript.
 */
import { RE2JS } from 're2js';
import { spend, TooCostly } from './cel/budget.ts';

/** Longer ones are not written by people. */
const longestPattern = 4_000;
/** What `{1,63}` multiplies, of the whole pattern: its program is that much longer. */
const mostRepetitions = 2_000;
/** So many instructions and characters of text are a step of the budget. */
const matchesPerStep = 4;

/** @throws TooCostly; Error for a pattern that RE2 refuses too */
export function matches(pattern: string, text: string): boolean {
  return compiled(pattern, text).test(text);
}

/** What matches, each time or the first time only. @throws as `matches` */
export function found(pattern: string, text: string, most = Number.POSITIVE_INFINITY): string[] {
  const matcher = compiled(pattern, text).matcher(text);
  const all: string[] = [];
  while (all.length < most && matcher.find()) {
    // Each search begins where the last one has ended, but may look at all that follows.
    spend(1 + text.length / matchesPerStep / 100);
    all.push(matcher.group() ?? '');
  }
  return all;
}

const programs = new Map<string, RE2JS | Error>();

/** Compiled once; what matching it costs is paid in advance. */
function compiled(pattern: string, text: string): RE2JS {
  const known = programs.get(pattern) ?? compile(pattern);
  if (!programs.has(pattern)) programs.set(pattern, known);
  if (known instanceof Error) throw known;
  spend(((text.length + 1) * known.programSize()) / matchesPerStep);
  return known;
}

function compile(pattern: string): RE2JS | Error {
  const repetitions = [...pattern.matchAll(/\{(\d{1,5})(?:,(\d{0,5}))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Number(most || least),
    0,
  );
  if (pattern.length > longestPattern || repetitions > mostRepetitions) return new TooCostly();
  spend(pattern.length + repetitions);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return new Error(`invalid regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}
