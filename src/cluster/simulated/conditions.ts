/** `status.conditions` as the controllers of Kubernetes keep them. */
import type { Instant } from '../clock.ts';
import { type Fields, mapsOf } from './json.ts';
import { timestamp } from './timestamp.ts';

/** A condition as a controller writes it. */
export type Condition = { type: string; status: string; reason: string; message: string };

/** The status with one condition set; its transition time moves only when its status does. */
export function withCondition(object: Fields, now: Instant, condition: Condition): Fields {
  const status = (object.status as Fields | undefined) ?? {};
  const conditions = mapsOf(status.conditions);
  const before = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : timestamp(now);
  const set = { ...condition, lastTransitionTime };
  return { ...status, conditions: before ? conditions.map((each) => (each === before ? set : each)) : [...conditions, set] };
}
