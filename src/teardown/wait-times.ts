/**
 * Since when the steps of a teardown wait, as far as this run knows: since when it has been their turn, and since when
 * Pods that the plan does not know have kept them from it. The latter by step, so that Pods which come and go cannot
 * hold it up without end, and by Pod, so that one Pod does not have its time again for each object that it uses.
 */
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { StepState } from './decision.ts';
import { isPod } from './kinds.ts';
import { nothingSeen, type Seen, type SeenStep } from './seen.ts';

/** So long at most the time of a step begins anew because fewer are left of what may have been made for it, in ms. */
const longestAloneMs = 10 * 60_000;

export class WaitTimes {
  /** By identity of the step. */
  readonly turns = new Map<ObjectId, Instant>();
  /** By identity of the step, and by UID of the Pod. */
  readonly uses = new Map<string, Instant>();
  /** By identity of the step: since when only what may have been made for it has been left, and no fewer of it. */
  readonly alone = new Map<ObjectId, Instant>();
  readonly #aloneFirst = new Map<ObjectId, Instant>();
  readonly #left = new Map<ObjectId, number>();

  /** Takes in how the steps stand now, and forgets steps and Pods that are gone. */
  note(states: readonly StepState[], seen: Seen, now: Instant): void {
    const living = new Set<string>();
    for (const state of states) {
      const step = seen.steps.get(state.id);
      this.#noteTurn(state, now);
      this.#noteAlone(state.id, step ?? nothingSeen, now);
      for (const key of this.#noteUses(state, step?.object ? step : nothingSeen, now)) living.add(key);
    }
    for (const key of this.uses.keys()) if (!living.has(key)) this.uses.delete(key);
  }

  #noteTurn({ id, state, isUsed }: StepState, now: Instant): void {
    if (state === 'Waiting' || isUsed) this.turns.delete(id);
    else begin(this.turns, id, now);
  }

  #noteAlone(id: ObjectId, { object, children, pods, strays = [] }: SeenStep, now: Instant): void {
    // Pods come and go as long as their workload stays.
    const loose = strays.filter(({ ref }) => !isPod(ref)).length;
    const isAlone = !object && children.length + pods.length === 0 && loose > 0;
    if (!isAlone) this.#aloneFirst.delete(id);
    else begin(this.#aloneFirst, id, now);
    // Whoever can make such objects could otherwise hold the step up by deleting one at a time.
    const mayBeginAnew = now - (this.#aloneFirst.get(id) ?? now) < longestAloneMs;
    if (!isAlone || (this.#left.get(id) !== loose && mayBeginAnew)) this.alone.delete(id);
    if (isAlone) begin(this.alone, id, now);
    this.#left.set(id, loose);
  }

  /** @returns the step and the Pods that are not gone */
  #noteUses({ id, state, isUsed }: StepState, { object, users }: SeenStep, now: Instant): string[] {
    const uids = (users ?? []).map(({ pod }) => pod.uid);
    if (isUsed && object && users) for (const key of [id, ...uids]) begin(this.uses, key, now);
    return state === 'Gone' ? uids : [id, ...uids];
  }
}

function begin<Key>(times: Map<Key, Instant>, key: Key, now: Instant): void {
  if (!times.has(key)) times.set(key, now);
}
