/**
 * What to do next, given what was planned and what is seen. Pure: the same input always gives the same actions, so every property worth having
 * (nothing is deleted before its dependents are gone; everything is gone in the end; every wait has words) is tested here.
 */
import type { Instant } from '../cluster/clock.ts';
import { describeId, type ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { blockerOf, foreignFinalizers, type Server } from './blockers.ts';
import { isCustomResource, isWorkload, mayHaveDependents } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import { nothingSeen, type Seen, type SeenObject, type SeenStep } from './seen.ts';

export type Target = ObjectRef & { uid: string };

export type Action =
  /** Delete the step's object, or a Pod that nobody else will delete any more. */
  | { type: 'delete'; step: ObjectId; target: Target; propagation: 'Foreground' | 'Background' }
  /** Read currently whether anything of the step is left, since the watch shows nothing. */
  | { type: 'confirm'; step: ObjectId }
  /** Only with `onTimeout: Force`. */
  | { type: 'force-delete'; step: ObjectId; target: Target }
  | { type: 'remove-finalizers'; step: ObjectId; target: Target; finalizers: string[] };

export type StepState = {
  id: ObjectId;
  /** `Passed`: not gone, but the user asked to go on without it (`onTimeout: Continue`). `Blocked`: past its time. */
  state: 'Waiting' | 'Deleting' | 'Blocked' | 'Gone' | 'Kept' | 'Passed';
  /** When its deletion was asked for. */
  since?: Instant;
  /** Why it is not gone: present in every state but Gone and Kept. */
  blocker?: string;
};

export type Decision = {
  actions: Action[];
  /** One for each step of the plan, in the plan's order; barriers included. */
  states: StepState[];
  /** Nothing is left to do or to wait for. */
  done: boolean;
};

/** How long Pods of a workload that is gone may live on before we delete them: the garbage collector's turn comes first. */
export const orphanPatienceMs = 3_000;

/**
 * @param startedAt when the teardown started: waits that have no beginning of their own are counted from there
 * @param now the time of this look at the cluster; only used for time-outs and words
 */
export function decide(plan: Plan, seen: Seen, policy: TeardownPolicy, startedAt: Instant, now: Instant): Decision {
  const settled = new Set<ObjectId>();
  const decided = plan.steps.map((step) => {
    const result = decideStep({ step, settled, seen, policy, startedAt, now });
    if (result.state === 'Gone' || result.state === 'Kept' || result.state === 'Passed') settled.add(step.id);
    return result;
  });
  return {
    actions: seen.synced ? decided.flatMap((step) => step.actions) : [],
    states: decided.map(({ actions: _, ...state }) => state),
    done: seen.synced && settled.size === plan.steps.length,
  };
}

type Question = {
  step: PlanStep;
  settled: ReadonlySet<ObjectId>;
  seen: Seen;
  policy: TeardownPolicy;
  startedAt: Instant;
  now: Instant;
};
type Decided = StepState & { actions: Action[] };

/** The first of these that has an answer. The order matters: what must not happen comes before what may. */
function decideStep(question: Question): Decided {
  const thing = question.seen.steps.get(question.step.id) ?? nothingSeen;
  return (
    kept(question) ??
    notLookedYet(question) ??
    waitingForDependents(question, thing) ??
    barrierReached(question) ??
    gone(question, thing) ??
    somebodyElses(question, thing) ??
    pastDeadline(question, thing, itsTurn(question, thing))
  );
}

function itsTurn(question: Question, thing: SeenStep): Decided {
  return (
    toBeConfirmed(question, thing) ??
    deleteNow(question, thing) ??
    leftByItsOwner(question, thing) ??
    stillTerminating(question, thing)
  );
}

function kept({ step }: Question): Decided | undefined {
  return step.mode === 'keep' ? { ...state(step, 'Kept'), ...(step.reason && { blocker: step.reason }) } : undefined;
}

function notLookedYet({ step, seen }: Question): Decided | undefined {
  if (seen.synced) return undefined;
  return { ...state(step, 'Waiting'), blocker: seen.unsyncedBecause ?? 'the cluster has not been read yet' };
}

/** Never before the last dependent is gone. What is terminating already (somebody else deleted it) cannot be held back: it is shown as it is. */
function waitingForDependents({ step, settled, seen }: Question, thing: SeenStep): Decided | undefined {
  const waitsFor = step.after.filter((id) => !settled.has(id));
  const [first] = waitsFor;
  if (first === undefined) return undefined;
  if (step.mode !== 'barrier' && isGone(step, thing)) return state(step, 'Gone');
  const dependent = seen.steps.get(first);
  const early = thing.object?.deletingSince !== undefined ? ' (it was deleted by somebody else before its turn)' : '';
  const more = waitsFor.length > 1 ? ` and ${waitsFor.length - 1} more` : '';
  const made = !dependent?.object && dependent?.pods.length ? "'s Pods" : '';
  return { ...state(step, 'Waiting'), blocker: `waits for ${describeId(first)}${made}${more}${early}` };
}

function barrierReached({ step }: Question): Decided | undefined {
  return step.mode === 'barrier' ? state(step, 'Gone') : undefined;
}

function gone({ step }: Question, thing: SeenStep): Decided | undefined {
  return isGone(step, thing) ? state(step, 'Gone') : undefined;
}

/** Something that is not ours needs one of ours: only its user may end it. */
function somebodyElses({ step, policy, startedAt, now }: Question, thing: SeenStep): Decided | undefined {
  if (step.mode !== 'await') return undefined;
  const blocker = `${describeId(step.id)} ${step.reason ?? 'needs an object of this teardown'}, and is not part of it`;
  const late = now - (thing.object?.deletingSince ?? startedAt) >= policy.timeoutMs;
  if (!late) return { ...state(step, 'Waiting'), blocker };
  // Force is no leave to delete what was never ours: like Continue, it goes on without waiting.
  return { ...state(step, policy.onTimeout === 'Stop' ? 'Blocked' : 'Passed'), blocker };
}

function toBeConfirmed({ step }: Question, thing: SeenStep): Decided | undefined {
  if (thing.object || thing.children.length > 0 || thing.pods.length > 0 || thing.confirmedGone) return undefined;
  const blocker = thing.refusal ?? 'a current read must confirm that nothing of it is left';
  return { ...state(step, 'Deleting'), blocker, actions: [{ type: 'confirm', step: step.id }] };
}

function deleteNow({ step }: Question, thing: SeenStep): Decided | undefined {
  const { object } = thing;
  if (!object || (object.deletingSince !== undefined && !wouldOrphan(object))) return undefined;
  const propagation = mayHaveDependents(step.ref) ? 'Foreground' : 'Background';
  return {
    ...state(step, 'Deleting'),
    blocker: thing.refusal ?? `${describeId(step.id)}: its deletion was not accepted yet`,
    actions: [{ type: 'delete', step: step.id, target: object.ref, propagation }],
  };
}

/** A pending `orphan` would leave its Pods behind for ever; a second delete rewrites the propagation policy. */
function wouldOrphan(object: SeenObject): boolean {
  return object.finalizers.includes('orphan') && (isWorkload(object.ref) || isCustomResource(object.ref));
}

/** Pods whose workload is gone and that nobody deletes: somebody orphaned them. They are part of what the user asked to remove. */
function leftByItsOwner({ step, now, startedAt }: Question, thing: SeenStep): Decided | undefined {
  if (thing.object || thing.children.length > 0 || now - startedAt < orphanPatienceMs) return undefined;
  const left = thing.pods.filter((pod) => pod.deletingSince === undefined);
  if (left.length === 0) return undefined;
  return {
    ...state(step, 'Deleting'),
    blocker: blockerOf(thing, [], now),
    actions: left.map((pod) => ({ type: 'delete', step: step.id, target: pod.ref, propagation: 'Background' })),
  };
}

/** Time is over for this object. With Stop its actions are still tried: it goes on by itself as soon as the reason is removed. */
function pastDeadline({ step, policy, now }: Question, thing: SeenStep, normal: Decided): Decided {
  const since = deletingSince(thing) ?? thing.refusedSince;
  if (since === undefined || now - since < policy.timeoutMs) return normal;
  if (policy.onTimeout === 'Continue') return { ...normal, state: 'Passed', since, actions: [] };
  const forced = policy.onTimeout === 'Force' ? force(step, thing) : [];
  return { ...normal, state: 'Blocked', since, actions: forced.length > 0 ? forced : normal.actions };
}

/** Pods first, with grace 0; finalizers only of what is left without running Pods. */
function force(step: PlanStep, thing: SeenStep): Action[] {
  const running = thing.pods.filter((pod) => pod.graceSeconds !== 0);
  if (running.length > 0) return running.map((pod) => ({ type: 'force-delete', step: step.id, target: pod.ref }));
  const stuck: SeenObject[] = thing.pods.length > 0 ? thing.pods : [...thing.children, ...(thing.object ? [thing.object] : [])];
  return stuck.flatMap((object): Action[] => {
    const finalizers = thing.pods.length > 0 ? foreignFinalizers(object) : object.finalizers;
    if (object.deletingSince === undefined || finalizers.length === 0) return [];
    return [{ type: 'remove-finalizers', step: step.id, target: object.ref, finalizers }];
  });
}

function stillTerminating(question: Question, thing: SeenStep): Decided {
  const since = deletingSince(thing);
  const blocker = thing.refusal ?? blockerOf(thing, serversOf(question), question.now);
  return { ...state(question.step, 'Deleting', since), blocker };
}

function isGone(step: PlanStep, thing: SeenStep): boolean {
  if (thing.object || thing.children.length > 0 || thing.pods.length > 0) return false;
  return thing.confirmedGone || step.mode === 'await' || !mayHaveDependents(step.ref);
}

function deletingSince(thing: SeenStep): Instant | undefined {
  const starts = [thing.object, ...thing.pods, ...thing.children].flatMap((object) => object?.deletingSince ?? []);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

function serversOf({ step, seen }: Question): Server[] {
  return (step.servedBy ?? []).map((id) => ({
    id,
    runningPods: (seen.steps.get(id)?.pods ?? []).filter((pod) => pod.containers.some((container) => container.running)).length,
  }));
}

function state(step: PlanStep, name: StepState['state'], since?: Instant): Decided {
  return { id: step.id, state: name, actions: [], ...(since !== undefined && { since }) };
}
