/** CEL expressions as the API server evaluates them. Compiled once, whoever asks; objects are converted once, as long as they live. */
import { TypeError as CelTypeError, EvaluationError, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import { isMap } from '../../../objects/fields.ts';
import { celEnvironment } from './library.ts';

export type Outcome = { value: unknown } | { error: string };

/** What the expression gives, or why it gives nothing, in the words of cel-go where they are known. */
export function evaluate(expression: string, variables: Record<string, unknown>): Outcome {
  try {
    return { value: compiled(expression)(variables) };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

/**
 * An object for an expression to read: whole numbers are CEL's `int`, as they are in the schemas of all kinds but for a few fields.
 * Remembered for as long as the object lives, which must not be changed.
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

const values = new WeakMap<object, unknown>();
const programs = new Map<string, ParseResult>();

function compiled(expression: string): ParseResult {
  const known = programs.get(expression);
  if (known !== undefined) return known;
  const program = celEnvironment().parse(expression);
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
