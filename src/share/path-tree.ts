/**
 * A tree of path segments: finds what is at and above a path without a look at all others. Comparing each path with
 * each other would take quadratic time, and the author of a Pod decides how many there are.
 */
import { segmentsOf } from './spec.ts';

type Branch<T> = { below: Map<string, Branch<T>>; values: T[] };

export class PathTree<T> {
  readonly #root: Branch<T> = { below: new Map(), values: [] };

  add(path: string, value: T): void {
    let at = this.#root;
    for (const segment of segmentsOf(path)) {
      const next: Branch<T> = at.below.get(segment) ?? { below: new Map(), values: [] };
      at.below.set(segment, next);
      at = next;
    }
    at.values.push(value);
  }

  /** What stands at this very path. */
  at(path: string): readonly T[] {
    let at: Branch<T> | undefined = this.#root;
    for (const segment of segmentsOf(path)) {
      at = at.below.get(segment);
      if (!at) return [];
    }
    return at.values;
  }

  /** What stands above this path, the outermost first. */
  *allAbove(path: string): Generator<T> {
    let at = this.#root;
    for (const segment of segmentsOf(path)) {
      yield* at.values;
      const next = at.below.get(segment);
      if (!next) return;
      at = next;
    }
  }

  /** What stands at the deepest path above this one that has anything. */
  nearestAbove(path: string): readonly T[] {
    let at = this.#root;
    let nearest: readonly T[] = [];
    for (const segment of segmentsOf(path)) {
      if (at.values.length > 0) nearest = at.values;
      const next = at.below.get(segment);
      if (!next) return nearest;
      at = next;
    }
    return nearest;
  }
}
