/**
 * The order of this look, with what an earlier one has written down: what is left of a graph while it is being taken
 * down would give another order. Of what was written only the waits count, and the UIDs of what is gone by now, whose
 * Pods and children may still live; whether an object goes or stays is decided anew each time.
 */
import { isCode } from '../../errors.ts';
import { groupOf, idOfRef, type ObjectId } from '../../objects/identity.ts';
import type { ObjectRef } from '../../objects/object.ts';
import { type Addition, extendPlan } from '../../plan/extend-plan.ts';
import type { Plan, PlanStep } from '../../plan/plan.ts';
import { withoutSteps } from '../../plan/without-steps.ts';
import { mostBetween } from '../../teardown/bounds.ts';
import type { Kind } from '../../teardown/kinds.ts';

/** Who may be in an order: what is named, custom resources of its kinds, and everything in a namespace that goes. */
export type Permitted = { ids: ReadonlySet<ObjectId>; kinds: readonly Kind[]; namespace?: string };

/** The written order without whatever the release and the command line do not permit to delete. */
export function permittedIn(order: Plan, { ids, kinds, namespace }: Permitted): Plan {
  const groups = new Set(kinds.map(keyOf));
  const mayGo = ({ id, ref, mode }: PlanStep) =>
    mode === 'delete' && id === idOfRef(ref) && (ids.has(id) || groups.has(keyOf(ref)) || isIn(ref, namespace));
  return withoutSteps(order, new Set(order.steps.flatMap((step) => (mayGo(step) ? [] : step.id))));
}

/** The written steps whose objects are gone by now. */
export function goneIn(order: Plan, living: ReadonlySet<ObjectId>): PlanStep[] {
  return order.steps.filter(({ id }) => !living.has(id));
}

/**
 * @param order what was written, permitted steps only
 * @param fresh the plan of what lives now
 */
export function inKeptOrder(order: Plan, fresh: Plan, notYetDeleted: ReadonlySet<ObjectId>): Plan {
  const now = new Map(fresh.steps.map((step) => [step.id, step]));
  const changed = order.steps.filter(({ id }) => (now.get(id)?.mode ?? 'delete') !== 'delete');
  const kept = withoutSteps(order, new Set(changed.map(({ id }) => id)));
  const base: Plan = { steps: kept.steps.map((step) => asWritten(step, now.get(step.id))) };
  const known = new Set(base.steps.map(({ id }) => id));
  const additions = fresh.steps.flatMap((step): Addition[] => {
    if (known.has(step.id)) return [];
    return [{ step, needs: fresh.steps.flatMap(({ id, after }) => (after.includes(step.id) ? id : [])) }];
  });
  try {
    return extendPlan(base, additions, notYetDeleted);
  } catch (error) {
    if (!isCode(error, 'cycle')) throw error;
    // Nobody who can write there may stop an uninstall: then the order is that of what is left.
    const gone = base.steps.filter(({ id }) => !now.has(id)).map((step) => ({ ...step, after: [] }));
    return { steps: [...gone, ...fresh.steps] };
  }
}

function isIn(ref: ObjectRef, namespace: string | undefined): boolean {
  return namespace !== undefined && ref.namespace === namespace;
}

/** What lives now, with its place in the written order, and with what stood between it and its Pods before. */
function asWritten({ id, ref, mode, after, between = [] }: PlanStep, now: PlanStep | undefined): PlanStep {
  const both = [...new Set([...(now?.between ?? []), ...between])].slice(0, mostBetween);
  return { ...(now ?? { id, ref, mode }), after, ...(both.length > 0 && { between: both }) };
}

function keyOf({ apiVersion, kind }: Kind): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
