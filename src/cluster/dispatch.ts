/**
 * Carries actions out as they come: a bounded number at once, none twice at the same time, and none again before a
 * growing wait is over after it failed. A decision may be made anew at any moment; handing the same action over again
 * is harmless.
 */
import { backoff } from './backoff.ts';
import type { Clock, Instant } from './clock.ts';

export type DispatcherOptions<Action> = {
  clock: Clock;
  /** Actions of the same key are the same. */
  keyOf(action: Action): string;
  /** Failures are counted for each subject. */
  subjectOf(action: Action): string;
  run(action: Action): Promise<void>;
  /** Something ended or may be tried again: time for another decision. */
  onChange(): void;
  /** At most so many at once. Default 32. */
  width?: number;
};

export type Refusal = { error: unknown; since: Instant; tries: number; notBefore: Instant };

const retry = { firstMs: 250, mostMs: 15_000 };

export class Dispatcher<Action> {
  readonly #options: DispatcherOptions<Action>;
  readonly #underWay = new Set<string>();
  readonly #refusals = new Map<string, Refusal>();
  #queue: Action[] = [];
  #closed = false;

  constructor(options: DispatcherOptions<Action>) {
    this.#options = options;
  }

  /** Replaces what was waiting for a place; what is under way goes on. */
  submit(actions: readonly Action[]): void {
    const { clock, keyOf, subjectOf } = this.#options;
    const now = clock.now();
    this.#queue = actions.filter(
      (action) => !this.#underWay.has(keyOf(action)) && (this.#refusals.get(subjectOf(action))?.notBefore ?? 0) <= now,
    );
    this.#fill();
  }

  /** Why the last try for this subject failed; undefined after a success. */
  refusal(subject: string): Refusal | undefined {
    return this.#refusals.get(subject);
  }

  get idle(): boolean {
    return this.#underWay.size === 0 && this.#queue.length === 0;
  }

  /** Starts nothing more. What was sent is not taken back. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  #fill(): void {
    while (!this.#closed && this.#underWay.size < (this.#options.width ?? 32)) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (!this.#underWay.has(this.#options.keyOf(next))) void this.#start(next);
    }
  }

  async #start(action: Action): Promise<void> {
    const { keyOf, subjectOf, run, onChange } = this.#options;
    const key = keyOf(action);
    this.#underWay.add(key);
    try {
      await run(action);
      this.#refusals.delete(subjectOf(action));
    } catch (error) {
      this.#refused(subjectOf(action), error);
    }
    this.#underWay.delete(key);
    if (this.#closed) return;
    this.#fill();
    onChange();
  }

  #refused(subject: string, error: unknown): void {
    const { clock, onChange } = this.#options;
    const before = this.#refusals.get(subject);
    const tries = (before?.tries ?? 0) + 1;
    const wait = backoff(tries, retry);
    this.#refusals.set(subject, { error, since: before?.since ?? clock.now(), tries, notBefore: clock.now() + wait });
    clock.after(wait, () => !this.#closed && onChange());
  }
}
