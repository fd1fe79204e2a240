/**
 * The plan as it is written into the status before the first delete, and read back by whoever goes on with it.
 * Lossless.
 */
import { type ObjectId, parseId } from '../objects/identity.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { type InventoryGroup, type InventoryItem, inventoryForStatus, inventoryOf } from '../resource/status/inventory.ts';
import { type OrderItem, orderForStatus, orderOf, type RecordedOrder } from '../resource/status/order.ts';

/** The inventory of a teardown as the status has it, and its plans, each made into that form once. */
export class OrderOnRecord {
  readonly inventory: InventoryGroup[];
  readonly #items: readonly InventoryItem[];
  readonly #orders = new WeakMap<Plan, RecordedOrder>();

  constructor(inventory: readonly InventoryItem[]) {
    this.inventory = inventoryForStatus(inventory);
    // In the order of its groups, to which positions refer.
    this.#items = inventoryOf({ inventory: this.inventory });
  }

  of(plan: Plan): RecordedOrder {
    const known = this.#orders.get(plan) ?? planToStatus(plan, this.#items);
    this.#orders.set(plan, known);
    return known;
  }
}

/** @param inventory as it stands in the same status */
export function planToStatus({ steps }: Plan, inventory: readonly InventoryItem[]): RecordedOrder {
  const position = new Map(steps.map((step, index) => [step.id, index]));
  const at = (ids: readonly ObjectId[]) => ids.flatMap((id) => position.get(id) ?? []);
  const order = steps.map(
    (step): OrderItem => ({
      object: step.id,
      apiVersion: step.ref.apiVersion,
      ...(step.ref.uid && { uid: step.ref.uid }),
      ...(step.component !== undefined && { component: step.component }),
      ...(step.mode !== 'delete' && { mode: step.mode }),
      ...(step.reason !== undefined && { reason: step.reason }),
      ...(step.after.length > 0 && { after: at(step.after) }),
      ...(step.servedBy && step.servedBy.length > 0 && { servedBy: at(step.servedBy) }),
      ...(step.defines && { defines: `${step.defines.apiVersion}/${step.defines.kind}` }),
      ...(step.between && { between: step.between }),
    }),
  );
  return orderForStatus(order, inventory);
}

/** @throws BookendError `internal`, if it cannot be read */
export function planFromStatus(teardown: unknown, inventory: readonly InventoryItem[]): Plan {
  const order = orderOf(teardown, inventory);
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
        ...(item.between && { between: item.between }),
      };
    }),
  };
}

function definesOf(text: string): { apiVersion: string; kind: string } {
  const slash = text.lastIndexOf('/');
  return { apiVersion: text.slice(0, slash), kind: text.slice(slash + 1) };
}
