/**
 * Paths with what stands at them, as a tree of segments: finds what lies at, above and below a path without a look
 * at the others. Comparing each path with each other would take the square of their number, which whoever creates a
 * Pod chooses.
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

  /** What stands at the path, above it, and below it. The reader may stop early. */
  *overlapping(path: string): Generator<T> {
    let at = this.#root;
    for (const segment of segmentsOf(path)) {
      yield* at.values;
      const next = at.below.get(segment);
      if (!next) return;
      at = next;
    }
    // Without recursion: a path may have more segments than a stack has frames.
    for (const open = [at]; open.length > 0; ) {
      const branch = open.pop();
      if (!branch) return;
      yield* branch.values;
      open.push(...branch.below.values());
    }
  }
}
