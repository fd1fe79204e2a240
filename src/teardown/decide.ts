/**
 * What to do next, given what was planned and what is seen. Pure: the same input always gives the same actions, so every property worth having
 * (nothing is deleted before its dependents are gone; everything is gone in the end; every wait has words) is tested here.
 */
import type { Instant } from '../cluster/clock.ts';
import { describeId, describeRef, type ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { blockerOf, foreignFinalizers, type Server } from './blockers.ts';
import { isCustomResource, isPod, isWorkload, mayHaveDependents } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import { nothingSeen, type Seen, type SeenObject, type SeenStep } from './seen.ts';

export type Target = ObjectRef & { uid: string };

export type Action =
  /** Delete the step's object, or something made out of it that nobody else will delete any more. */
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
    states: decided.map(({ actions: _, ...state }) => (seen.lagging ? outOfDate(state, seen.lagging) : state)),
    done: seen.synced && settled.size === plan.steps.length,
  };
}

/** While a watch is broken the sentences are about the past; the reader must know. */
function outOfDate(state: StepState, lagging: string): StepState {
  const isOpen = state.state === 'Waiting' || state.state === 'Deleting' || state.state === 'Blocked';
  return isOpen ? { ...state, blocker: `${state.blocker} (as last seen; the watch is broken: ${lagging})` } : state;
}

/** A step that others still wait for; `isOver`: only because of what it waits for itself. */
type Unsettled = { step: PlanStep; isOver: boolean };

type Question = {
  step: PlanStep;
  settled: ReadonlySet<ObjectId>;
  unsettled: ReadonlyMap<ObjectId, Unsettled>;
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
    cameLater(question, thing) ??
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
function waitingForDependents({ step, settled, unsettled, seen }: Question, thing: SeenStep): Decided | undefined {
  if (step.after.every((id) => settled.has(id))) return undefined;
  if (step.mode !== 'barrier' && isGone(step, thing)) return state(step, 'Gone');
  const [first = step.id, ...others] = stillThere(step, unsettled);
  const dependent = seen.steps.get(first);
  const early = thing.object?.deletingSince !== undefined ? ' (it was deleted by somebody else before its turn)' : '';
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const made = dependent && !dependent.object ? whatIsLeft(dependent) : '';
  return { ...state(step, 'Waiting'), blocker: `waits for ${describeId(first)}${made}${more}${early}` };
}

/** What is not over of all that a step waits for: directly, or through what went before its turn. */
function stillThere(step: PlanStep, unsettled: ReadonlyMap<ObjectId, Unsettled>): ObjectId[] {
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

function whatIsLeft({ pods, children }: SeenStep): string {
  if (pods.length > 0) return "'s Pods";
  return children.length > 0 ? ', of which something is left' : '';
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
  const blocker = thing.refusal ?? `${describeId(step.id)}: a current read must confirm that nothing of it is left`;
  return { ...state(step, 'Deleting'), blocker, actions: [{ type: 'confirm', step: step.id }] };
}

/** Custom resources that came after the plan was made go before their CustomResourceDefinition, which would take them along in no order. */
function cameLater({ step }: Question, thing: SeenStep): Decided | undefined {
  const { object, children } = thing;
  if (!step.defines || !object || object.deletingSince !== undefined || children.length === 0) return undefined;
  const [first] = children.filter((child) => child.deletingSince === undefined);
  const name = describeRef((first ?? children[0] ?? object).ref);
  const more = children.length > 1 ? ` and ${children.length - 1} more` : '';
  return {
    ...state(step, 'Deleting'),
    blocker: thing.refusal ?? `${name}${more} came after the teardown started, and must be gone before its ${step.ref.kind}`,
    actions: deletesOf(step, children),
  };
}

function deleteNow({ step }: Question, thing: SeenStep): Decided | undefined {
  const { object } = thing;
  if (!object || (object.deletingSince !== undefined && !wouldOrphan(object))) return undefined;
  return {
    ...state(step, 'Deleting'),
    blocker: thing.refusal ?? `${describeId(step.id)}: its deletion was not accepted yet`,
    actions: [{ type: 'delete', step: step.id, target: object.ref, propagation: propagationFor(object.ref) }],
  };
}

/**
 * Foreground keeps a workload visible until its Pods are gone. A custom resource is deleted as `kubectl delete` does it, since that is what its
 * controller was made for: with Foreground the garbage collector would take the children away under the controller's clean-up.
 */
function propagationFor(ref: ObjectRef): 'Foreground' | 'Background' {
  return isWorkload(ref) && !isPod(ref) ? 'Foreground' : 'Background';
}

/** A pending `orphan` would leave its Pods behind for ever; a second delete rewrites the propagation policy. */
function wouldOrphan(object: SeenObject): boolean {
  return object.finalizers.includes('orphan') && (isWorkload(object.ref) || isCustomResource(object.ref));
}

/** What nobody deletes, because it has no owner any more: somebody orphaned it. It is part of what the user asked to remove. */
function leftByItsOwner(question: Question, thing: SeenStep): Decided | undefined {
  if (thing.object) return undefined;
  const actions = deletesOf(
    question.step,
    [...thing.children, ...thing.pods].filter((each) => each.ownerless),
  );
  return actions.length > 0 ? { ...stillTerminating(question, thing), actions } : undefined;
}

function deletesOf(step: PlanStep, objects: readonly SeenObject[]): Action[] {
  return objects
    .filter((object) => object.deletingSince === undefined)
    .map(({ ref }) => ({ type: 'delete', step: step.id, target: ref, propagation: propagationFor(ref) }));
}

/** Time is over for this object. With Stop its actions are still tried: it goes on by itself as soon as the reason is removed. */
function pastDeadline(question: Question, thing: SeenStep, normal: Decided): Decided {
  const { step, policy, now } = question;
  const since = waitingSince(question, thing);
  if (since === undefined || now - since < policy.timeoutMs) return normal;
  if (policy.onTimeout === 'Continue') return { ...normal, state: 'Passed', since, actions: [] };
  const forced = policy.onTimeout === 'Force' ? force(question, thing) : [];
  if (forced.length === 0) return { ...normal, state: 'Blocked', since };
  const blocker = thing.refusal ?? normal.blocker ?? describeId(step.id);
  return { ...normal, state: 'Blocked', since, blocker, actions: forced };
}

/** Never before the teardown started: what was terminating already gets its whole time all the same. */
function waitingSince({ startedAt }: Question, thing: SeenStep): Instant | undefined {
  const asked = deletingSince(thing);
  if (asked !== undefined) return Math.max(asked, startedAt);
  return thing.refusedSince ?? thing.turnSince;
}

/** Pods first, with grace 0; finalizers only of what is left without running Pods. Whatever is not late itself is left in peace. */
function force(question: Question, thing: SeenStep): Action[] {
  const { step, startedAt, now, policy } = question;
  const isLate = ({ deletingSince }: SeenObject) =>
    deletingSince === undefined || now - Math.max(deletingSince, startedAt) >= policy.timeoutMs;
  const running = thing.pods.filter((pod) => pod.graceSeconds !== 0);
  if (running.length > 0) {
    return running.filter(isLate).map((pod) => ({ type: 'force-delete', step: step.id, target: pod.ref }));
  }
  const stuck: SeenObject[] = thing.pods.length > 0 ? thing.pods : [...thing.children, ...(thing.object ? [thing.object] : [])];
  return stuck.flatMap((object): Action[] => {
    if (object.deletingSince === undefined || !isLate(object)) return [];
    // The garbage collector gets as much time again: it only now can do its work.
    const isHopeless = now - Math.max(object.deletingSince, startedAt) >= 2 * policy.timeoutMs;
    const finalizers = (isHopeless ? object.finalizers : foreignFinalizers(object)).filter((each) => !vital.has(each));
    return finalizers.length > 0 ? [{ type: 'remove-finalizers', step: step.id, target: object.ref, finalizers }] : [];
  });
}

/** Without it the custom resources would stay in the API server's storage, and come back with the next definition of that name. */
const vital = new Set(['customresourcecleanup.apiextensions.k8s.io']);

function stillTerminating(question: Question, thing: SeenStep): Decided {
  const since = deletingSince(thing);
  return { ...state(question.step, 'Deleting', since), blocker: blockerOf(thing, serversOf(question), question.now) };
}

function isGone(step: PlanStep, thing: SeenStep): boolean {
  // An ended Pod uses nothing any more, and nobody may ever delete it.
  if (step.mode === 'await' && thing.pods.some((pod) => pod.ended && pod.deletingSince === undefined)) return true;
  if (thing.object || thing.children.length > 0 || thing.pods.length > 0) return false;
  return thing.confirmedGone || step.mode === 'await' || !(mayHaveDependents(step.ref) || thing.doubtful);
}

/** When the object's deletion was asked for; where it is gone already, the earliest of what it left. */
function deletingSince({ object, pods, children }: SeenStep): Instant | undefined {
  if (object) return object.deletingSince;
  const starts = [...pods, ...children].flatMap((left) => left.deletingSince ?? []);
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
