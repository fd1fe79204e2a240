/**
 * Carries writes out as they come, for installing and taking down: a bounded number at once, none twice at the same
 * time, and none again before a growing wait is over after it failed. Decisions may be repeated at any moment;
 * handing the same action over again is harmless.
 *
 * A write that the API server holds for long (a webhook that does not answer) gives its place up, so that it holds up
 * itself and not the others.
 */
import type { Clock, Instant } from './clock.ts';
import type { Retries } from './retries.ts';

export type DispatcherOptions<Action, Subject extends string> = {
  clock: Clock;
  /** What failed, and when it may be tried again. */
  retries: Retries<Subject>;
  /** Actions of the same key are the same. */
  keyOf(action: Action): string;
  /** What an action is about. */
  subjectOf(action: Action): Subject;
  /** @returns for how long, in ms, the watch may not show the success, so that the action must not be sent again */
  run(action: Action): Promise<number>;
  /** Something ended: time for another decision. */
  onChange(): void;
};

/** So many at once, slow ones not counted. */
const width = 32;
/** From then on a write counts as slow, in ms. */
const slowMs = 1_000;
/** So many, slow ones included. */
const most = 256;

export class Dispatcher<Action, Subject extends string = string> {
  readonly #options: DispatcherOptions<Action, Subject>;
  readonly #underWay = new Map<string, Subject>();
  /** Accepted, but the watch may not show it yet: not to be sent again before then. */
  readonly #hiddenUntil = new Map<string, Instant>();
  #queue: Action[] = [];
  #slow = 0;
  #closed = false;

  constructor(options: DispatcherOptions<Action, Subject>) {
    this.#options = options;
  }

  /** Replaces the queued actions: a new decision repeats them, or knows better. */
  submit(actions: readonly Action[]): void {
    const { clock, keyOf, retries } = this.#options;
    const now = clock.now();
    this.#queue = actions.filter((action) => {
      const key = keyOf(action);
      return !this.#underWay.has(key) && (this.#hiddenUntil.get(key) ?? 0) <= now && retries.mayTry(key);
    });
    this.#fill();
  }

  /** True while there is more to do than may be done at once: nothing waits for another decision. */
  get isFull(): boolean {
    return this.#queue.length > 0;
  }

  /** True while a write about it is under way. */
  isBusy(subject: Subject): boolean {
    return this.#underWay.values().some((each) => each === subject);
  }

  /** Starts nothing more. What was sent is not taken back. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  #fill(): void {
    while (!this.#closed && this.#underWay.size - this.#slow < width && this.#underWay.size < most) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      if (!this.#underWay.has(this.#options.keyOf(next))) void this.#start(next);
    }
  }

  async #start(action: Action): Promise<void> {
    const { clock, keyOf, subjectOf, run, retries, onChange } = this.#options;
    const [key, subject] = [keyOf(action), subjectOf(action)];
    this.#underWay.set(key, subject);
    let isSlow = false;
    const cancel = clock.after(slowMs, () => {
      isSlow = true;
      this.#slow += 1;
      this.#fill();
    });
    try {
      const hiddenMs = await run(action);
      if (hiddenMs > 0) this.#hiddenUntil.set(key, clock.now() + hiddenMs);
      retries.succeeded(key);
    } catch (error) {
      retries.failed(key, subject, error);
    }
    cancel();
    if (isSlow) this.#slow -= 1;
    this.#underWay.delete(key);
    if (this.#closed) return;
    this.#fill();
    onChange();
  }
}
