/** The deletes that a step's turn brings: of the object itself, of what came later, of what its owner left behind. */
import { describeId, describeRef, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import { type Blocker, blockedBy } from './blocker.ts';
import { isData, looseBlocker } from './blockers.ts';
import type { Action } from './decision.ts';
import { isCustomResource, isPod, isWorkload } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import type { SeenObject, SeenStep } from './seen.ts';
import { attemptFailed, type Decided, type StepInput, state, stillTerminating } from './step-input.ts';

/**
 * Custom resources that came after the plan was made go before their CustomResourceDefinition, which would take them
 * along in no order.
 */
export function cameLater({ step, policy }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, children } = seenStep;
  if (!step.defines || !object || object.deletingSince !== undefined || children.length === 0) return undefined;
  const [first] = children.filter((child) => child.deletingSince === undefined);
  const { ref } = first ?? children[0] ?? object;
  const more = children.length > 1 ? ` and ${children.length - 1} more` : '';
  const text = `${describeRef(ref)}${more} was created after the teardown started, and goes before its ${step.ref.kind}`;
  return {
    ...state(step, 'Deleting'),
    blocker: attemptFailed(step, seenStep) ?? blockedBy('CustomResourceAdded', idOfRef(ref), text),
    actions: deletesOf(step, children, policy),
  };
}

export function deleteNow({ step, policy }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, inhabitants } = seenStep;
  if (!object || (object.deletingSince !== undefined && !wouldOrphan(object))) return undefined;
  return {
    ...state(step, 'Deleting'),
    blocker: attemptFailed(step, seenStep) ?? deletionPending(step.id),
    actions: [
      {
        ...{ type: 'delete', step: step.id, target: object.ref, propagation: propagationFor(object.ref, policy) },
        ...(inhabitants?.resourceVersion !== undefined && { resourceVersion: inhabitants.resourceVersion }),
      },
    ],
  };
}

/** It is its turn, and no more is known. */
export function deletionPending(id: ObjectId): Blocker {
  return blockedBy('DeletionPending', id, `${describeId(id)}: the API server has not accepted its deletion yet`);
}

/**
 * Foreground keeps a workload visible until its Pods are gone: where the plan is not on record, nothing else would tell
 * the next run that Pods are left. A custom resource is deleted as `kubectl delete` does it, since that is what its
 * controller was made for: with Foreground the garbage collector would take the children away under the controller's
 * clean-up.
 */
function propagationFor(ref: ObjectRef, { isOnRecord = false }: TeardownPolicy): 'Foreground' | 'Background' {
  return isWorkload(ref) && !isPod(ref) && !isOnRecord ? 'Foreground' : 'Background';
}

/** A pending `orphan` would leave its Pods behind for ever; a second delete rewrites the propagation policy. */
function wouldOrphan(object: SeenObject): boolean {
  return object.finalizers.includes('orphan') && (isWorkload(object.ref) || isCustomResource(object.ref));
}

/**
 * What nobody deletes, because somebody took its owner away in the middle of the teardown. It was seen with that owner,
 * so that it is part of what the user asked to remove.
 */
export function leftByItsOwner(input: StepInput, seenStep: SeenStep): Decided | undefined {
  if (seenStep.object) return undefined;
  const actions = deletesOf(
    input.step,
    [...seenStep.children, ...seenStep.pods].filter((each) => each.ownerless),
    input.policy,
  );
  return actions.length > 0 ? { ...stillTerminating(input, seenStep), actions } : undefined;
}

/** So long an operator has for each of what it made without an owner, in ms. */
const operatorMs = 60_000;
/** And where only Secrets and ConfigMaps are left, which many operators leave on purpose, in ms. */
const dataMs = 10_000;
/** What a workload made has nobody left who would delete it; only the watch may be late, in ms. */
const endedMs = 2_000;

/**
 * The custom resource is gone, and its operator deletes what it made for it, or does not. Nothing proves whose that is,
 * so that the teardown only waits; it goes on without the rest when no more of it goes, and does not call it gone.
 */
export function leftByItsOperator({ step, now }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, children, pods, strays = [], aloneSince = now } = seenStep;
  const loose = strays.filter(({ ref }) => !isPod(ref));
  const isLeft = !object && children.length + pods.length === 0 && loose.length > 0;
  if (!isLeft || strays.some(({ deletingSince }) => deletingSince !== undefined)) return undefined;
  const isOver = now - aloneSince >= patienceFor(step, loose);
  const blocker = looseBlocker(loose, isOver ? 'and nothing deletes it' : 'and its operator has not deleted it yet');
  return { ...state(step, isOver ? 'Passed' : 'Deleting'), blocker };
}

function patienceFor({ ref }: PlanStep, loose: readonly SeenObject[]): number {
  if (isWorkload(ref)) return endedMs;
  return loose.every((each) => isData(each.ref)) ? dataMs : operatorMs;
}

function deletesOf(step: PlanStep, objects: readonly SeenObject[], policy: TeardownPolicy): Action[] {
  return objects
    .filter((object) => object.deletingSince === undefined)
    .map(({ ref }) => ({ type: 'delete', step: step.id, target: ref, propagation: propagationFor(ref, policy) }));
}
