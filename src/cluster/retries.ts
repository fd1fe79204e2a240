/**
 * What failed, to be tried again later and later: by action, so that what did not fail need not wait for what did.
 * A callback announces when the next try is due.
 */
import { backoff } from './backoff.ts';
import type { Clock, Instant } from './clock.ts';

export type Retry<Subject extends string = string> = {
  /** What the action is about; several actions may be about the same. */
  subject: Subject;
  /** The last failure. */
  error: unknown;
  /** The first failure in a row. */
  since: Instant;
  tries: number;
  notBefore: Instant;
};

const firstMs = 250;
const longestMs = 15_000;

export class Retries<Subject extends string = string> {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #byAction = new Map<string, Retry<Subject>>();
  #timer: (() => void) | undefined;
  #wakesAt: Instant = Number.POSITIVE_INFINITY;
  #closed = false;

  /** @param onDue called when something that failed may be tried again */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** @param mostMs the longest wait before the next try */
  failed(action: string, subject: Subject, error: unknown, mostMs = longestMs): void {
    const now = this.#clock.now();
    const before = this.#byAction.get(action);
    const tries = (before?.tries ?? 0) + 1;
    const notBefore = now + backoff(tries, { firstMs, mostMs });
    this.#byAction.set(action, { subject, error, since: before?.since ?? now, tries, notBefore });
    this.#wakeAt(notBefore);
  }

  succeeded(action: string): void {
    this.#byAction.delete(action);
  }

  mayTry(action: string): boolean {
    return (this.#byAction.get(action)?.notBefore ?? 0) <= this.#clock.now();
  }

  /** True when whatever failed on the subject may be tried again. */
  mayTryOn(subject: Subject): boolean {
    const now = this.#clock.now();
    for (const retry of this.#byAction.values()) if (retry.subject === subject && retry.notBefore > now) return false;
    return true;
  }

  /** One for each subject that has any: the one that came first. */
  bySubject(): Map<Subject, Retry<Subject>> {
    const found = new Map<Subject, Retry<Subject>>();
    for (const retry of this.#byAction.values()) if (!found.has(retry.subject)) found.set(retry.subject, retry);
    return found;
  }

  /** Forgets what is not to be done any more: it cannot be what a subject waits for. */
  keepOnly(isStillMeant: (action: string, subject: Subject) => boolean): void {
    for (const [action, { subject }] of this.#byAction) if (!isStillMeant(action, subject)) this.#byAction.delete(action);
  }

  /** Nothing is due after this. */
  close(): void {
    this.#closed = true;
    this.#timer?.();
  }

  #wakeAt(due: Instant): void {
    if (this.#closed || due >= this.#wakesAt) return;
    this.#timer?.();
    this.#wakesAt = due;
    this.#timer = this.#clock.after(due - this.#clock.now(), () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#onDue();
      const now = this.#clock.now();
      for (const { notBefore } of this.#byAction.values()) if (notBefore > now) this.#wakeAt(notBefore);
    });
  }
}
