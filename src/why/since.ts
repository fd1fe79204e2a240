/** When the deletion of an object was asked for. */
import type { Instant } from '../cluster/clock.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { observe, observePod } from '../teardown/observe.ts';

/** Undefined while nobody asked. A Pod's `deletionTimestamp` lies ahead by its grace period, which is taken off. */
export function deletingSince(object: KubernetesObject): Instant | undefined {
  return (isPod(object) ? observePod(object) : observe(object)).deletingSince;
}
