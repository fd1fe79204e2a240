/**
 * Since when Pods that the plan does not know have kept steps from their turn: by step, so that Pods which come and go
 * cannot hold it up without end, and by Pod, so that one Pod does not have its time again for each object that it uses.
 */
import type { Instant } from '../cluster/clock.ts';
import type { StepState } from './decision.ts';
import type { Seen } from './seen.ts';

export class UseTimes {
  /** By identity of the step, and by UID of the Pod. */
  readonly since = new Map<string, Instant>();

  /** Takes in how the steps stand now, and forgets steps and Pods that are gone. */
  note(states: readonly StepState[], seen: Seen, now: Instant): void {
    const living = new Set<string>();
    for (const { id, state, isUsed } of states) {
      if (state !== 'Gone') living.add(id);
      const step = seen.steps.get(id);
      const users = step?.object ? (step.users ?? []).map(({ pod }) => pod.uid) : [];
      for (const uid of users) living.add(uid);
      if (isUsed && step?.object && step.users) this.#begin([id, ...users], now);
    }
    for (const key of this.since.keys()) if (!living.has(key)) this.since.delete(key);
  }

  #begin(keys: readonly string[], now: Instant): void {
    for (const key of keys) if (!this.since.has(key)) this.since.set(key, now);
  }
}
