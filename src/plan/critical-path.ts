/**
 * How long a teardown must take at least: the longest chain of steps that wait for each other. Whatever takes longer is our overhead; what
 * is not on the chain can be slow for nothing.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { Plan, PlanStep } from './plan.ts';

export type CriticalPath = {
  /** The chain, first step first. Barriers are left out; kept steps are never part of it. */
  steps: PlanStep[];
  totalMs: number;
};

/**
 * @param durationMs How long a step takes from the moment it may begin until its object is gone, in milliseconds. Asked for `delete` and
 *   `await` steps; the others take no time.
 */
export function criticalPath(plan: Plan, durationMs: (step: PlanStep) => number): CriticalPath {
  const ends = new Map<ObjectId, { step: PlanStep; endMs: number; previous: ObjectId | undefined }>();
  let last: ObjectId | undefined;
  for (const step of plan.steps) {
    let startMs = 0;
    let previous: ObjectId | undefined;
    for (const id of step.after) {
      const endMs = ends.get(id)?.endMs ?? 0;
      if (previous === undefined || endMs > startMs) [startMs, previous] = [endMs, id];
    }
    const takesMs = step.mode === 'delete' || step.mode === 'await' ? durationMs(step) : 0;
    ends.set(step.id, { step, endMs: startMs + takesMs, previous });
    if (last === undefined || startMs + takesMs > (ends.get(last)?.endMs ?? 0)) last = step.id;
  }
  const totalMs = last === undefined ? 0 : (ends.get(last)?.endMs ?? 0);
  const steps: PlanStep[] = [];
  for (let entry = last && ends.get(last); entry; entry = entry.previous === undefined ? undefined : ends.get(entry.previous)) {
    if (entry.step.mode === 'delete' || entry.step.mode === 'await') steps.unshift(entry.step);
  }
  return { steps, totalMs };
}
