/**
 * How long a teardown must take at least: the longest chain of steps that wait for each other. Whatever takes longer is
 * our overhead; what is not on the chain can be slow for nothing.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { Plan, PlanStep } from './plan.ts';

export type CriticalPath = {
  /** The chain, first step first. Barriers are left out; kept steps are never part of it. */
  steps: PlanStep[];
  totalMs: number;
};

/**
 * @param durationMs How long a step takes from the moment it may begin until its object is gone, in milliseconds. Asked
 * for `delete` and `await` steps; the others take no time.
 */
export function criticalPath(plan: Plan, durationMs: (step: PlanStep) => number): CriticalPath {
  const ends = new Map<ObjectId, End>();
  let last: End | undefined;
  for (const step of plan.steps) {
    const previous = latestOf(step.after, ends);
    const end = { step, endMs: (previous?.endMs ?? 0) + (takesTime(step) ? durationMs(step) : 0), previous };
    ends.set(step.id, end);
    if (last === undefined || end.endMs > last.endMs) last = end;
  }
  return { steps: chainTo(last), totalMs: last?.endMs ?? 0 };
}

/** When a step is over at the earliest, and which of those that it waits for is over last. */
type End = { step: PlanStep; endMs: number; previous: End | undefined };

function takesTime({ mode }: PlanStep): boolean {
  return mode === 'delete' || mode === 'await';
}

function latestOf(after: readonly ObjectId[], ends: ReadonlyMap<ObjectId, End>): End | undefined {
  let latest: End | undefined;
  for (const id of after) {
    const end = ends.get(id);
    if (end && (latest === undefined || end.endMs > latest.endMs)) latest = end;
  }
  return latest;
}

function chainTo(last: End | undefined): PlanStep[] {
  const steps: PlanStep[] = [];
  for (let end = last; end; end = end.previous) if (takesTime(end.step)) steps.unshift(end.step);
  return steps;
}
