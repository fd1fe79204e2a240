/**
 * What CEL may cost. The API server counts while it evaluates and breaks off at a limit (`apis/cel/config.go`:
 * 1,000,000 for one expression, 10,000,000 for a policy), so that no policy can hold it up. Ours has to as well: a
 * chart from anywhere must not keep `bookend lint` busy for days, and `a.all(x, a.all(y, a.all(z, …)))` would.
 *
 * Counted are steps, never time: the same input must give the same answer on every machine. A step is one node of the
 * expression that is evaluated, about 0.1 µs; what a single operation does beyond that is added by its size: text,
 * lists, comparisons of whole objects, regular expressions. These are not the API server's own units; an expression
 * that it would just let through can be too costly here, and then its answer is not known.
 */

/** For one expression, the variables that it asks for included: about 0.2 s. */
const mostForOne = 1_000_000;
/** For all that this process evaluates: about ten seconds, enough for 500,000 policies of people. */
const mostForAll = 50_000_000;

/** The answer, and in every message about it. */
export const tooCostly = 'too costly to evaluate';

/** Thrown when the steps are used up. Never an answer: `budgeted` says so whatever became of the expression. */
export class TooCostly extends Error {
  constructor() {
    super(tooCostly);
  }
}

let left = mostForAll;
/** Of the expression that is being evaluated; undefined: none is. */
let leftForOne: number | undefined;

/** @throws TooCostly, now and from now on, until the expression is given up */
export function spend(steps: number): void {
  if (leftForOne === undefined) return;
  // What is refused is not done, and costs the others nothing.
  left -= Math.min(steps, Math.max(0, leftForOne));
  leftForOne -= steps;
  if (leftForOne < 0) throw new TooCostly();
}

/** How much an operation may look at before it is given up. */
export function allowance(): number {
  return Math.max(0, leftForOne ?? 0);
}

/**
 * Carries out what spends. An expression within another one, such as a variable of a policy, spends from the same
 * budget.
 *
 * @returns `tooCostly` also where the expression has caught the error, as `||` and `exists` do: what it then says rests
 * on nothing
 */
export function budgeted<T>(work: () => T): T | typeof tooCostly {
  if (leftForOne !== undefined) return work();
  leftForOne = Math.min(mostForOne, left);
  try {
    const result = work();
    return leftForOne < 0 ? tooCostly : result;
  } catch (error) {
    if (leftForOne < 0 || error instanceof TooCostly) return tooCostly;
    throw error;
  } finally {
    leftForOne = undefined;
  }
}
