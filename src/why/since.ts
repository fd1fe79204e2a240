/** When the deletion of an object was requested, and whether that is too long ago. */
import type { Instant } from '../cluster/clock.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { observe, observePod } from '../teardown/observe.ts';

/** Undefined while nobody asked. A Pod's `deletionTimestamp` lies ahead by its grace period, which is taken off. */
export function deletingSince(object: KubernetesObject): Instant | undefined {
  return (isPod(object) ? observePod(object) : observe(object)).deletingSince;
}

/** Controllers retry within minutes: one that has done nothing for so long will not do it either. */
const slowMs = 5 * 60_000;

export function isSlow(since: Instant | undefined, { now }: { now: Instant }): boolean {
  return since !== undefined && now - since > slowMs;
}
