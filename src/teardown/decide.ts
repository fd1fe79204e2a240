/**
 * What to do next, given what was planned and what is seen. Pure: the same input always gives the same actions, so
 * every property worth having (nothing is deleted before its dependents are gone; everything is gone in the end; every
 * wait has words) is tested here.
 */
import type { Instant } from '../cluster/clock.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { type Blocker, blockedBy } from './blocker.ts';
import { unconfirmed } from './blockers.ts';
import { cut, longestBlocker } from './bounds.ts';
import { pastDeadline } from './deadline.ts';
import type { Decision, StepState } from './decision.ts';
import { cameLater, deleteNow, leftByItsOperator, leftByItsOwner } from './deletions.ts';
import { inhabited } from './inhabited.ts';
import { isPod } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import { nothingSeen, type Seen, type SeenStep } from './seen.ts';
import {
  attemptFailed,
  type Decided,
  isGone,
  isThere,
  type StepInput,
  state,
  stillTerminating,
  type Unsettled,
} from './step-input.ts';
import { inSpiteOfUsers, stillUsed } from './used.ts';

export type { Action, Decision, StepState, Target, Write } from './decision.ts';

/**
 * @param startedAt when the teardown started: waits that have no beginning of their own are counted from there
 * @param now the time of this look at the cluster; only used for time-outs and words
 */
export function decide(plan: Plan, seen: Seen, policy: TeardownPolicy, startedAt: Instant, now: Instant): Decision {
  const settled = new Set<ObjectId>();
  const unsettled = new Map<ObjectId, Unsettled>();
  const decided = plan.steps.map((step) => {
    const result = decideStep({ step, settled, unsettled, seen, policy, startedAt, now });
    const isOver = result.state === 'Gone' || result.state === 'Kept' || result.state === 'Passed';
    // What went before its turn still holds its place: the plan leaves out waits that follow from others.
    if (isOver && step.after.every((id) => settled.has(id))) settled.add(step.id);
    else unsettled.set(step.id, { step, isOver });
    return result;
  });
  return {
    actions: seen.synced ? decided.flatMap((step) => step.actions) : [],
    states: decided.map(({ actions: _, ...state }) => bounded(seen.lagging ? outOfDate(state, seen.lagging) : state)),
    done: seen.synced && settled.size === plan.steps.length,
  };
}

/** Names, finalizers and answers of webhooks in a sentence are written by others. */
function bounded(state: StepState): StepState {
  const { blocker, inSpiteOf } = state;
  if (blocker === undefined && inSpiteOf === undefined) return state;
  return {
    ...state,
    ...(blocker && { blocker: { ...blocker, text: cut(blocker.text, longestBlocker) } }),
    ...(inSpiteOf !== undefined && { inSpiteOf: cut(inSpiteOf, longestBlocker) }),
  };
}

/** While a watch is broken the sentences are about the past; the reader must know. */
function outOfDate(state: StepState, lagging: string): StepState {
  const { blocker } = state;
  const isOpen = state.state === 'Waiting' || state.state === 'Deleting' || state.state === 'Blocked';
  if (!isOpen || !blocker) return state;
  return { ...state, blocker: { ...blocker, text: `${blocker.text} (as last seen; the watch is broken: ${lagging})` } };
}

/** The first of these that has an answer. The order matters: what must not happen comes before what may. */
function decideStep(input: StepInput): Decided {
  const seenStep = input.seen.steps.get(input.step.id) ?? nothingSeen;
  return (
    kept(input) ??
    notLookedYet(input) ??
    waitingForDependents(input, seenStep) ??
    barrierReached(input) ??
    gone(input, seenStep) ??
    somebodyElses(input, seenStep) ??
    stillUsed(input, seenStep) ??
    inSpiteOfUsers(pastDeadline(input, seenStep, itsTurn(input, seenStep)), input, seenStep)
  );
}

function itsTurn(input: StepInput, seenStep: SeenStep): Decided {
  return (
    toBeConfirmed(input, seenStep) ??
    cameLater(input, seenStep) ??
    inhabited(input, seenStep) ??
    deleteNow(input, seenStep) ??
    leftByItsOwner(input, seenStep) ??
    leftByItsOperator(input, seenStep) ??
    stillTerminating(input, seenStep)
  );
}

function kept({ step }: StepInput): Decided | undefined {
  if (step.mode !== 'keep') return undefined;
  return { ...state(step, 'Kept'), ...(step.reason && { blocker: blockedBy('Kept', step.id, step.reason) }) };
}

function notLookedYet({ step, seen }: StepInput): Decided | undefined {
  if (seen.synced) return undefined;
  const text = seen.unsyncedBecause ?? 'the cluster has not been read yet';
  return { ...state(step, 'Waiting'), blocker: blockedBy('ClusterNotRead', step.id, text) };
}

/**
 * Never before the last dependent is gone. What is terminating already (somebody else deleted it) cannot be held back:
 * it is shown as it is.
 */
function waitingForDependents({ step, settled, unsettled, seen }: StepInput, seenStep: SeenStep): Decided | undefined {
  if (step.after.every((id) => settled.has(id))) return undefined;
  if (step.mode !== 'barrier' && isGone(step, seenStep)) return state(step, 'Gone');
  const [first = step.id, ...others] = stillThere(step, unsettled);
  const dependent = seen.steps.get(first);
  const since = seenStep.object?.deletingSince;
  const early = since !== undefined ? ' (another client deleted it before its turn)' : '';
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const made = dependent && !dependent.object ? whatIsLeft(dependent) : '';
  const text = `waits for ${describeId(first)}${made}${more}${early}`;
  return { ...state(step, 'Waiting'), blocker: blockedBy('DependentRemains', first, text, since) };
}

/** What is not over of all that a step waits for: directly, or through what went before its turn. */
function stillThere(step: PlanStep, unsettled: ReadonlyMap<ObjectId, Unsettled>): ObjectId[] {
  const waits = step.after.filter((id) => unsettled.has(id));
  if (waits.every((id) => unsettled.get(id)?.isOver === false)) return waits.length > 1 ? [...new Set(waits)] : waits;
  const found = new Set<ObjectId>();
  const visited = new Set<ObjectId>();
  const toVisit = step.after.toReversed();
  for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
    const before = unsettled.get(id);
    if (!before || visited.has(id)) continue;
    visited.add(id);
    if (before.isOver) toVisit.push(...before.step.after.toReversed());
    else found.add(id);
  }
  return [...found];
}

function whatIsLeft({ pods, children, strays = [] }: SeenStep): string {
  if (pods.length > 0 || strays.some(({ ref }) => isPod(ref))) return "'s Pods";
  return children.length + strays.length > 0 ? ', of which something is left' : '';
}

function barrierReached({ step }: StepInput): Decided | undefined {
  return step.mode === 'barrier' ? state(step, 'Gone') : undefined;
}

function gone({ step }: StepInput, seenStep: SeenStep): Decided | undefined {
  return isGone(step, seenStep) ? state(step, 'Gone') : undefined;
}

/** Something that is not ours needs one of ours: only its user may end it. */
function somebodyElses({ step, policy, startedAt, now }: StepInput, seenStep: SeenStep): Decided | undefined {
  if (step.mode !== 'await') return undefined;
  const text = `${describeId(step.id)} ${step.reason ?? 'needs an object of this teardown'}, and is not part of it`;
  const blocker: Blocker = blockedBy('ForeignDependent', step.id, text, seenStep.object?.deletingSince);
  const late = now - (seenStep.object?.deletingSince ?? startedAt) >= policy.timeoutMs;
  if (!late) return { ...state(step, 'Waiting'), blocker };
  // Force is no leave to delete what was never ours: like Continue, it goes on without waiting.
  return { ...state(step, policy.onTimeout === 'Stop' ? 'Blocked' : 'Passed'), blocker };
}

function toBeConfirmed({ step }: StepInput, seenStep: SeenStep): Decided | undefined {
  if (isThere(seenStep) || seenStep.confirmedGone) return undefined;
  const text = `${describeId(step.id)}: a current read must confirm that nothing of it is left`;
  const blocker = attemptFailed(step, seenStep) ?? unconfirmed(step.id, text);
  return { ...state(step, 'Deleting'), blocker, actions: [{ type: 'confirm', step: step.id }] };
}
