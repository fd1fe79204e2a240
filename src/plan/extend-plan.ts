/**
 * Things turn up after the plan was made: a custom resource that somebody created a moment ago, the children of an
 * operator. They get steps of their own; everything that was planned stays as it was, except that what is not deleted
 * yet may have to wait longer.
 */
import { BookendError } from '../errors.ts';
import type { Graph } from '../graph/edge.ts';
import { sorted } from '../graph/order.ts';
import { describeId, type ObjectId, refOf } from '../objects/identity.ts';
import { controllerOf } from '../objects/owners.ts';
import { keepReason } from '../objects/policies.ts';
import type { Plan, PlanStep } from './plan.ts';

export type Addition = {
  /** The new step. Its `after` may name steps of the plan and other additions; names of neither are left out. */
  step: PlanStep;
  /** What the new object needs: these steps wait for it, as far as they are in the plan and not deleted yet. */
  needs: readonly ObjectId[];
};

/**
 * The plan with more steps. The steps that it had keep their order and their waits; waits for additions are added only
 * to steps in `notYetDeleted`, never to kept ones. A step that is in the plan already is not replaced; its waits are
 * added.
 *
 * @throws BookendError cycle when an addition would have to be both before and after a step.
 */
export function extendPlan(plan: Plan, additions: readonly Addition[], notYetDeleted: ReadonlySet<ObjectId>): Plan {
  const waits = new Map<ObjectId, ObjectId[]>(plan.steps.map((step) => [step.id, [...step.after]]));
  const planned = new Map(plan.steps.map((step) => [step.id, step]));
  const added = additions.filter(
    ({ step }, at) => !planned.has(step.id) && additions.findIndex((other) => other.step.id === step.id) === at,
  );
  for (const { step } of added) waits.set(step.id, []);
  for (const { step } of added) {
    const known = step.after.filter((id) => waits.has(id) && planned.get(id)?.mode !== 'keep');
    waits.set(step.id, [...new Set(known)]);
  }
  const mayWait = (id: ObjectId) => {
    const step = planned.get(id);
    return step ? step.mode !== 'keep' && notYetDeleted.has(id) : waits.has(id);
  };
  for (const { step, needs } of additions) {
    if (step.mode === 'keep') continue;
    for (const id of needs) {
      const list = mayWait(id) ? waits.get(id) : undefined;
      if (list && id !== step.id && !list.includes(step.id)) list.push(step.id);
    }
  }
  const steps = inOrder(plan, added, waits);
  return { steps: steps.map((step) => ({ ...step, after: withoutImplied(step, planned.get(step.id), waits) })) };
}

/**
 * The additions for all objects of the graph that the plan does not know, from the edges that were found. An object
 * that its author wants to keep is waited for: what it needs was going to be deleted, and now only a person can decide.
 *
 * @param awaited As in `makePlan`: objects that somebody else deletes, with the reason for waiting.
 */
export function additionsFor(graph: Graph, plan: Plan, awaited: ReadonlyMap<ObjectId, string> = new Map()): Addition[] {
  const planned = new Set(plan.steps.map(({ id }) => id));
  const needs = Map.groupBy(graph.edges, ({ from }) => from);
  const dependents = Map.groupBy(graph.edges, ({ to }) => to);
  return [...graph.objects]
    .filter(([id]) => !planned.has(id))
    .map(([id, object]) => {
      const keep = controllerOf(object) ? undefined : keepReason(object);
      const reason = keep ? `it is to be kept (${keep}), but what it needs is being deleted` : awaited.get(id);
      const after = [...new Set((dependents.get(id) ?? []).map(({ from }) => from))].sort();
      const step: PlanStep = { id, ref: refOf(object), mode: reason ? 'await' : 'delete', ...(reason && { reason }), after };
      return { step, needs: [...new Set((needs.get(id) ?? []).map(({ to }) => to))].sort() };
    })
    .sort((a, b) => (a.step.id < b.step.id ? -1 : 1));
}

/** The waits of a step without those added ones that another of them waits for anyway, in one step or many. */
function withoutImplied(
  { after }: PlanStep,
  before: PlanStep | undefined,
  waits: ReadonlyMap<ObjectId, readonly ObjectId[]>,
): ObjectId[] {
  const old = before?.after.length ?? 0;
  if (after.length === old || after.length < 2) return after;
  const implied = new Set<ObjectId>();
  const toVisit = [...after];
  for (let current = toVisit.pop(); current !== undefined; current = toVisit.pop()) {
    for (const id of waits.get(current) ?? []) {
      if (implied.has(id)) continue;
      implied.add(id);
      toVisit.push(id);
    }
  }
  return after.filter((id, index) => index < old || !implied.has(id));
}

/** Each new step right before the first that waits for it; nothing else moves unless the waits demand it. */
function inOrder(plan: Plan, added: readonly Addition[], waits: ReadonlyMap<ObjectId, ObjectId[]>): PlanStep[] {
  const isNew = new Map(added.map(({ step }) => [step.id, step]));
  const steps: PlanStep[] = [];
  const place = (step: PlanStep) => {
    for (const id of waits.get(step.id) ?? []) {
      const before = isNew.get(id);
      if (!before) continue;
      isNew.delete(id);
      place(before);
    }
    steps.push({ ...step, after: waits.get(step.id) ?? [] });
  };
  for (const step of plan.steps) place(step);
  for (const { step } of added) if (isNew.delete(step.id)) place(step);

  const numbers = new Map(steps.map(({ id }, index) => [id, index]));
  const needs: number[][] = steps.map(() => []);
  steps.forEach(({ after }, index) => {
    for (const id of after) needs[numbers.get(id) ?? -1]?.push(index);
  });
  const order = sorted({ needs });
  if (order.length < steps.length) refuse(added);
  return order.flatMap((index) => steps[index] ?? []);
}

function refuse(added: readonly Addition[]): never {
  const names = added.map(({ step }) => describeId(step.id)).join(', ');
  throw new BookendError(
    'cycle',
    `objects that appeared after the plan was made must be deleted both before and after a step of the plan: ${names}`,
    {
      ...(added[0] && { object: describeId(added[0].step.id) }),
    },
  );
}
