/** What the rules of `decide` are asked about one step, and the few notions that all of them share. */
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { PlanStep } from '../plan/plan.ts';
import { type Blocker, blockedBy } from './blocker.ts';
import { blockerOf, type Server } from './blockers.ts';
import type { Action, StepState } from './decision.ts';
import { mayHaveDependents } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import type { Seen, SeenStep } from './seen.ts';

/** A step that others still wait for; `isOver`: only because of what it waits for itself. */
export type Unsettled = { step: PlanStep; isOver: boolean };

export type StepInput = {
  step: PlanStep;
  settled: ReadonlySet<ObjectId>;
  unsettled: ReadonlyMap<ObjectId, Unsettled>;
  seen: Seen;
  policy: TeardownPolicy;
  startedAt: Instant;
  now: Instant;
};
export type Decided = StepState & { actions: Action[] };

/** It is on its way; the blocker says what holds it up. */
export function stillTerminating(input: StepInput, seenStep: SeenStep): Decided {
  const since = stepDeletingSince(seenStep);
  return { ...state(input.step, 'Deleting', since), blocker: blockerOf(input.step.id, seenStep, serversOf(input), input.now) };
}

/** True when nothing of the step is left, as far as can be known. */
export function isGone(step: PlanStep, seenStep: SeenStep): boolean {
  // An ended Pod uses nothing any more, and nobody may ever delete it.
  if (step.mode === 'await' && seenStep.pods.some((pod) => pod.ended && pod.deletingSince === undefined)) return true;
  if (isThere(seenStep)) return false;
  return seenStep.confirmedGone || step.mode === 'await' || !(mayHaveDependents(step.ref) || seenStep.doubtful);
}

/** Something of it is shown: itself, what was made out of it, or what may have been. */
export function isThere({ object, children, pods, strays = [] }: SeenStep): boolean {
  return object !== undefined || children.length > 0 || pods.length > 0 || strays.length > 0;
}

/** When the object's deletion was asked for; where it is gone already, the earliest of what it left. */
export function stepDeletingSince({ object, pods, children, strays = [] }: SeenStep): Instant | undefined {
  if (object) return object.deletingSince;
  const starts = [...pods, ...children, ...strays].flatMap((left) => left.deletingSince ?? []);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

function serversOf({ step, seen }: StepInput): Server[] {
  return (step.servedBy ?? []).map((id) => ({
    id,
    runningPods: (seen.steps.get(id)?.pods ?? []).filter((pod) => pod.containers.some((container) => container.running)).length,
  }));
}

/** The answer of the API server to the last request about the step, where it refused that. */
export function attemptFailed({ id }: PlanStep, { refusal, refusedSince }: SeenStep): Blocker | undefined {
  return refusal === undefined ? undefined : blockedBy('AttemptFailed', id, refusal, refusedSince);
}

/** How a step stands, with nothing to do yet. */
export function state(step: PlanStep, name: StepState['state'], since?: Instant): Decided {
  return { id: step.id, state: name, actions: [], ...(since !== undefined && { since }) };
}
