/**
 * The plan as it is written into the status before the first delete, and read back by whoever goes on with it.
 * Lossless.
 */
import { type ObjectId, parseId } from '../objects/identity.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import type { TeardownStatus } from '../resource/cluster-operator.ts';

type OrderItem = TeardownStatus['order'][number];

export function planToStatus({ steps }: Plan): OrderItem[] {
  const position = new Map(steps.map((step, index) => [step.id, index]));
  const at = (ids: readonly ObjectId[]) => ids.flatMap((id) => position.get(id) ?? []);
  return steps.map((step) => ({
    object: step.id,
    apiVersion: step.ref.apiVersion,
    ...(step.ref.uid && { uid: step.ref.uid }),
    ...(step.component !== undefined && { component: step.component }),
    ...(step.mode !== 'delete' && { mode: step.mode }),
    ...(step.reason !== undefined && { reason: step.reason }),
    ...(step.after.length > 0 && { after: at(step.after) }),
    ...(step.servedBy && step.servedBy.length > 0 && { servedBy: at(step.servedBy) }),
    ...(step.defines && { defines: `${step.defines.apiVersion}/${step.defines.kind}` }),
  }));
}

export function planFromStatus(order: readonly OrderItem[]): Plan {
  const ids = order.map((item) => item.object as ObjectId);
  const at = (positions: readonly number[] = []) => positions.flatMap((position) => ids[position] ?? []);
  return {
    steps: order.map((item): PlanStep => {
      const id = item.object as ObjectId;
      const { kind, namespace, name } = parseId(id);
      return {
        id,
        ref: { apiVersion: item.apiVersion, kind, name, ...(namespace && { namespace }), ...(item.uid && { uid: item.uid }) },
        ...(item.component !== undefined && { component: item.component }),
        mode: item.mode ?? 'delete',
        ...(item.reason !== undefined && { reason: item.reason }),
        after: at(item.after),
        ...(item.servedBy && { servedBy: at(item.servedBy) }),
        ...(item.defines && { defines: definesOf(item.defines) }),
      };
    }),
  };
}

function definesOf(text: string): { apiVersion: string; kind: string } {
  const slash = text.lastIndexOf('/');
  return { apiVersion: text.slice(0, slash), kind: text.slice(slash + 1) };
}
