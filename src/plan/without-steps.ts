/**
 * A plan in which some steps are over and need not be known any more: whatever waited for one of them waits for what
 * that one waited for.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { Plan } from './plan.ts';

export function withoutSteps({ steps }: Plan, over: ReadonlySet<ObjectId>): Plan {
  const waits = new Map<ObjectId, ObjectId[]>();
  for (const { id, after, mode } of steps) {
    const before = after.flatMap((each) => (over.has(each) ? (waits.get(each) ?? []) : [each]));
    waits.set(id, mode === 'keep' ? [] : [...new Set(before)]);
  }
  const left = steps.filter(({ id }) => !over.has(id));
  return {
    steps: left.map(({ servedBy, ...step }) => {
      const serving = servedBy?.filter((id) => !over.has(id)) ?? [];
      return { ...step, after: waits.get(step.id) ?? [], ...(serving.length > 0 && { servedBy: serving }) };
    }),
  };
}
