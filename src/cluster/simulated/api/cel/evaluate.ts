/**
 * CEL expressions as the API server evaluates them. Compiled once, whoever asks; objects are converted once, as long as
 * they live.
 */
import { TypeError as CelTypeError, EvaluationError, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { isMap } from '../../../../objects/fields.ts';
import { budgeted, spend, TooCostly, tooCostly } from './budget.ts';
import { celEnvironment } from './library.ts';
import { weigh } from './metered.ts';

export type Outcome = { value: unknown } | { error: string };

/**
 * What the expression gives, or why it gives nothing, in the words of cel-go where they are known;
 * `too costly to evaluate` is known to nobody.
 */
export function evaluate(expression: string, variables: Record<string, unknown>): Outcome {
  const outcome = budgeted((): Outcome => {
    try {
      return { value: evaluated(expression, variables) };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  });
  return outcome === tooCostly ? { error: tooCostly } : outcome;
}

function evaluated(expression: string, variables: Record<string, unknown>): unknown {
  const program = compiled(expression);
  spend(1);
  return program(variables);
}

/**
 * An object for an expression to read: whole numbers are CEL's `int`, as they are in the schemas of all kinds but for a
 * few fields. Remembered for as long as the object lives, which must not be changed.
 */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value ?? null;
  const known = values.get(value);
  if (known !== undefined) return known;
  const converted = Array.isArray(value) ? value.map(celValue) : mapped(value as Record<string, unknown>);
  values.set(value, converted);
  return converted;
}

/** The API server takes 100,000 code points; policies of people have some hundred. */
const longestExpression = 20_000;
/**
 * The library writes the type of a map out, `map<KEY, VALUE>`, so each map whose key is such a map doubles it. Maps in
 * general have texts for keys, whose type is a word: these may stand in any number.
 */
const mostMapsWithMadeKeys = 12;

function mapsWithMadeKeys(expression: string): number {
  const withoutTexts = expression.replaceAll(texts, '""');
  return withoutTexts.match(/\{(?!\s*(?:\}|(?:""|\d+)\s*:))/g)?.length ?? 0;
}

const texts =
  /[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

const values = new WeakMap<object, unknown>();
const programs = new Map<string, ParseResult>();

function compiled(expression: string): ParseResult {
  const known = programs.get(expression);
  if (known !== undefined) return known;
  if (expression.length > longestExpression || mapsWithMadeKeys(expression) > mostMapsWithMadeKeys) throw new TooCostly();
  spend(expression.length / 10);
  const program = celEnvironment().parse(expression);
  // The library evaluates the root of an expression without asking `run`, and knows how once its types are checked;
  // errors of types come again when it is evaluated.
  program.check();
  weigh(program.ast);
  programs.set(expression, program);
  return program;
}

function mapped(fields: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) result[key] = celValue(fields[key]);
  return result;
}

function reasonOf(error: unknown): string {
  if (error instanceof EvaluationError || error instanceof ParseError || error instanceof CelTypeError)
    return error.summary.replace(/^No such key:/, 'no such key:');
  if (error instanceof Error) return error.message;
  return isMap(error) ? JSON.stringify(error) : String(error);
}
