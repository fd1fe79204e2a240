/**
 * Has the library count what it does. It has no budget of its own, but one method through which every node of an
 * expression is evaluated (`Evaluator.run`), and functions are called with the evaluator as `this`: so a function can
 * hand it out. What an operation does beyond one step is counted where the library calls it (`handle` of a node, set
 * when its types were checked). A test holds the library to both.
 */
import { Environment, Optional } from '@marcbachmann/cel-js';
import { isMap } from '../../../../objects/fields.ts';
import { matches } from '../linear-regexp.ts';
import { allowance, spend, TooCostly } from './budget.ts';

/** Makes every evaluation of the library in this process spend from the budget. */
export function meter(): void {
  const { prototype } = evaluatorClass();
  const { run } = prototype;
  prototype.run = function (ast, context) {
    spend(1);
    weigh(ast);
    return run.call(this, ast, context);
  };
}

type Handle = (...args: unknown[]) => unknown;
type Ast = { op: string; args: unknown; handle?: Handle };
type Evaluator = { run(ast: Ast, context: unknown): unknown };

function evaluatorClass(): { prototype: Evaluator } {
  let found: Evaluator | undefined;
  const environment = new Environment().registerFunction('evaluator(): bool', function (this: Evaluator) {
    found = this;
    return true;
  });
  // A function is evaluated by itself: its node is the root, which `run` is not asked for.
  environment.evaluate('evaluator()');
  const prototype: unknown = found && Object.getPrototypeOf(found);
  if (isEvaluator(prototype)) return { prototype };
  throw new TypeError('cel-js hands out no evaluator any more: its budget cannot be kept');
}

function isEvaluator(value: unknown): value is Evaluator {
  return typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function';
}

const weighed = new WeakSet<Handle>();

/** From its next call on, and this one: what the node is handed counts by its size. */
export function weigh(ast: Ast): void {
  const { handle } = ast;
  const cost = costs[ast.op];
  if (cost === undefined || handle === undefined || weighed.has(handle)) return;
  const metered: Handle = (...args) => {
    spend(cost(args, ast));
    const result = linearMatch(args[0], ast) ?? handle(...args);
    spend(sizeOf(result));
    return result;
  };
  weighed.add(metered);
  ast.handle = metered;
}

/**
 * `matches`, whose handler in the library is JavaScript's own engine and cannot be registered again. Undefined: the
 * library has the last word.
 */
function linearMatch(args: unknown, { op, args: parts }: Ast): boolean | undefined {
  if (op !== 'rcall' || !Array.isArray(parts) || parts[0] !== 'matches' || !Array.isArray(args)) return undefined;
  const [text, pattern, ...more] = args as unknown[];
  return typeof text === 'string' && typeof pattern === 'string' && more.length === 0 ? matches(pattern, text) : undefined;
}

/** By the operation, what it costs with these operands. */
const costs: Readonly<Record<string, (args: unknown[], ast: Ast) => number>> = {
  '==': both,
  '!=': both,
  in: both,
  '+': ([one, other]) => sizeOf(one) + sizeOf(other),
  call: ([args], ast) => ofCall(args, ast),
  rcall: ([args], ast) => ofCall(args, ast),
};

function both([one, other]: unknown[]): number {
  const most = allowance();
  return weightOf(one, most) + weightOf(other, most);
}

/** So many characters of text, or so many elements of a list, are a step. */
const perStep = 10;

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value)) return value.length / perStep;
  return 0;
}

/** Searching looks at every place of the text for every letter of what is sought, at worst. */
function ofCall(args: unknown, { args: parts }: Ast): number {
  if (!Array.isArray(args)) return 0;
  const [text, sought, replacement] = args as unknown[];
  const name = Array.isArray(parts) ? String(parts[0]) : '';
  const sizes = args.reduce((sum: number, each) => sum + sizeOf(each), 0);
  // The calendar of a time zone is another matter than an addition.
  if (name.startsWith('get') && typeof sought === 'string') return sizes + 500;
  if (typeof text === 'string' && typeof sought === 'string') {
    refuseGrowth(text, sought, replacement);
    return sizes + sizeOf(text) * sizeOf(sought);
  }
  if (Array.isArray(text)) return sizes + text.reduce((sum: number, each) => sum + sizeOf(each) + sizeOf(sought), 0);
  return sizes;
}

/** A replacement may make the text many times as long. */
function refuseGrowth(text: string, sought: string, replacement: unknown): void {
  const grown = typeof replacement === 'string' ? (text.length * replacement.length) / (sought.length || 1) / perStep : 0;
  if (grown > allowance()) throw new TooCostly();
}

/**
 * Of the whole that a comparison looks at, and no more of it than is left to spend: lists may hold each other many
 * times over.
 */
function weightOf(value: unknown, most: number): number {
  let weight = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    weight += 1 + sizeOf(next);
    if (weight > most) throw new TooCostly();
    for (const part of partsOf(next)) open.push(part);
  }
  return weight;
}

function partsOf(value: unknown): readonly unknown[] {
  if (value instanceof Optional) return [value.hasValue() ? value.value() : undefined];
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}
