/** The deletes that a step's turn brings: of the object itself, of what came later, of what its owner left behind. */
import { describeId, describeRef } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import type { Action } from './decision.ts';
import { isCustomResource, isPod, isWorkload } from './kinds.ts';
import type { SeenObject, SeenStep } from './seen.ts';
import { type Decided, type StepInput, state, stillTerminating } from './step-input.ts';

/**
 * Custom resources that came after the plan was made go before their CustomResourceDefinition, which would take them
 * along in no order.
 */
export function cameLater({ step }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, children } = seenStep;
  if (!step.defines || !object || object.deletingSince !== undefined || children.length === 0) return undefined;
  const [first] = children.filter((child) => child.deletingSince === undefined);
  const name = describeRef((first ?? children[0] ?? object).ref);
  const more = children.length > 1 ? ` and ${children.length - 1} more` : '';
  return {
    ...state(step, 'Deleting'),
    blocker: seenStep.refusal ?? `${name}${more} came after the teardown started, and must be gone before its ${step.ref.kind}`,
    actions: deletesOf(step, children),
  };
}

export function deleteNow({ step }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, inhabitants } = seenStep;
  if (!object || (object.deletingSince !== undefined && !wouldOrphan(object))) return undefined;
  return {
    ...state(step, 'Deleting'),
    blocker: seenStep.refusal ?? `${describeId(step.id)}: its deletion was not accepted yet`,
    actions: [
      {
        ...{ type: 'delete', step: step.id, target: object.ref, propagation: propagationFor(object.ref) },
        ...(inhabitants?.resourceVersion !== undefined && { resourceVersion: inhabitants.resourceVersion }),
      },
    ],
  };
}

/**
 * Foreground keeps a workload visible until its Pods are gone. A custom resource is deleted as `kubectl delete` does
 * it, since that is what its controller was made for: with Foreground the garbage collector would take the children
 * away under the controller's clean-up.
 */
function propagationFor(ref: ObjectRef): 'Foreground' | 'Background' {
  return isWorkload(ref) && !isPod(ref) ? 'Foreground' : 'Background';
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
  );
  return actions.length > 0 ? { ...stillTerminating(input, seenStep), actions } : undefined;
}

function deletesOf(step: PlanStep, objects: readonly SeenObject[]): Action[] {
  return objects
    .filter((object) => object.deletingSince === undefined)
    .map(({ ref }) => ({ type: 'delete', step: step.id, target: ref, propagation: propagationFor(ref) }));
}
