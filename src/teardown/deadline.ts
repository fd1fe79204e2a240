/**
 * What happens when the time of a step is over: nothing but a word (Stop), going on without it (Continue), or force,
 * where the user asked for it.
 */
import type { Instant } from '../cluster/clock.ts';
import { foreignFinalizers } from './blockers.ts';
import type { Action } from './decision.ts';
import type { SeenObject, SeenStep } from './seen.ts';
import { attemptFailed, type Decided, type StepInput, stepDeletingSince } from './step-input.ts';

/**
 * Time is over for this object. With Stop its actions are still tried: it goes on by itself as soon as the reason is
 * removed.
 */
export function pastDeadline(input: StepInput, seenStep: SeenStep, normal: Decided): Decided {
  const { step, policy, now } = input;
  if (normal.state === 'Kept' || normal.state === 'Passed') return normal;
  const since = waitingSince(input, seenStep);
  if (since === undefined || now - since < policy.timeoutMs) return normal;
  if (policy.onTimeout === 'Continue') return { ...normal, state: 'Passed', since, actions: [] };
  // Force is no leave to touch what is not provably ours: as with Continue, it goes on without waiting.
  if (policy.onTimeout === 'Force' && isUnprovenOnly(seenStep)) return { ...normal, state: 'Passed', since, actions: [] };
  const forced = policy.onTimeout === 'Force' ? force(input, seenStep) : [];
  if (forced.length === 0) return { ...normal, state: 'Blocked', since };
  const blocker = attemptFailed(step, seenStep) ?? normal.blocker;
  return { ...normal, state: 'Blocked', since, ...(blocker && { blocker }), actions: forced };
}

/** Never before the teardown started: what was terminating already gets its whole time all the same. */
function waitingSince({ startedAt }: StepInput, seenStep: SeenStep): Instant | undefined {
  const asked = stepDeletingSince(seenStep);
  if (asked !== undefined) return Math.max(asked, startedAt);
  return seenStep.refusedSince ?? seenStep.turnSince;
}

/** Nothing is left but what has no owner of ours now. */
function isUnprovenOnly({ object, children, pods, strays = [] }: SeenStep): boolean {
  const left = [...children, ...pods];
  return !object && left.length + strays.length > 0 && left.every((each) => each.ownerless);
}

/**
 * Pods first, with grace 0; finalizers only of what is left without running Pods. Whatever is not late itself is left
 * in peace. Only the planned object itself and what it owns by UID: not what has lost its owner.
 */
function force(input: StepInput, seenStep: SeenStep): Action[] {
  const { step, startedAt, now, policy } = input;
  const isLate = ({ deletingSince }: SeenObject) =>
    deletingSince === undefined || now - Math.max(deletingSince, startedAt) >= policy.timeoutMs;
  const pods = seenStep.pods.filter((pod) => !pod.ownerless || isItself(pod, seenStep));
  const children = seenStep.children.filter((child) => !child.ownerless);
  const running = pods.filter((pod) => pod.graceSeconds !== 0);
  if (running.length > 0) {
    return running.filter(isLate).map((pod) => ({ type: 'force-delete', step: step.id, target: pod.ref }));
  }
  const stuck: SeenObject[] = pods.length > 0 ? pods : [...children, ...(seenStep.object ? [seenStep.object] : [])];
  return stuck.flatMap((object): Action[] => {
    if (object.deletingSince === undefined || !isLate(object)) return [];
    // The garbage collector gets as much time again: it only now can do its work.
    const isHopeless = now - Math.max(object.deletingSince, startedAt) >= 2 * policy.timeoutMs;
    const finalizers = (isHopeless ? object.finalizers : foreignFinalizers(object)).filter((each) => !vital.has(each));
    return finalizers.length > 0 ? [{ type: 'remove-finalizers', step: step.id, target: object.ref, finalizers }] : [];
  });
}

/** A step that is a Pod is among its own Pods. */
function isItself(pod: SeenObject, { object }: SeenStep): boolean {
  return pod.ref.uid === object?.ref.uid;
}

/**
 * Without it the custom resources would stay in the API server's storage, and come back with the next definition of
 * that name.
 */
const vital = new Set(['customresourcecleanup.apiextensions.k8s.io']);
