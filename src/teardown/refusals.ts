/** What failed, to be tried again later and later: by action, so that what did not fail need not wait for what did. */
import { backoff } from '../cluster/backoff.ts';
import { wordsOf } from '../cluster/circumstances.ts';
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';

export type Refusal = { step: ObjectId; text: string; since: Instant; tries: number; notBefore: Instant };

const firstRetryMs = 250;

export class Refusals {
  readonly #byAction = new Map<string, Refusal>();

  /** @param longestMs the longest wait before the next try */
  add(action: string, step: ObjectId, error: unknown, now: Instant, longestMs: number): void {
    const text = wordsOf(error);
    const before = this.#byAction.get(action);
    const tries = (before?.tries ?? 0) + 1;
    const wait = backoff(tries, { firstMs: firstRetryMs, mostMs: longestMs });
    this.#byAction.set(action, { step, text, since: before?.since ?? now, tries, notBefore: now + wait });
  }

  clear(action: string): void {
    this.#byAction.delete(action);
  }

  mayTry(action: string, now: Instant): boolean {
    return (this.#byAction.get(action)?.notBefore ?? 0) <= now;
  }

  /** True when whatever failed on the step may be tried again. */
  mayTryStep(step: ObjectId, now: Instant): boolean {
    for (const refusal of this.#byAction.values()) if (refusal.step === step && refusal.notBefore > now) return false;
    return true;
  }

  /** One for each step that has any: the one that came first. */
  byStep(): Map<ObjectId, Refusal> {
    const found = new Map<ObjectId, Refusal>();
    for (const refusal of this.#byAction.values()) if (!found.has(refusal.step)) found.set(refusal.step, refusal);
    return found;
  }

  /** Forgets what is not to be done any more: it cannot be what a step waits for. */
  keepOnly(isStillMeant: (action: string, step: ObjectId) => boolean): void {
    for (const [action, { step }] of this.#byAction) if (!isStillMeant(action, step)) this.#byAction.delete(action);
  }

  /** When the next try is due, in milliseconds from now; infinity when none is. */
  nextTryIn(now: Instant): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { notBefore } of this.#byAction.values()) if (notBefore > now) nearest = Math.min(nearest, notBefore - now);
    return nearest;
  }
}
