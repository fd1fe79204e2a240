import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InventoryItem } from './inventory.ts';
import { type OrderItem, orderOf, packOrder } from './order.ts';

const inventory = Array.from(
  { length: 6 },
  (_, index): InventoryItem => ({
    ...{ component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: `c${index}`, uid: `u${index}` },
  }),
);
const step = (index: number, after?: number[], more: Partial<OrderItem> = {}): OrderItem => ({
  ...{ object: `ConfigMap/n/c${index}`, apiVersion: 'v1', uid: `u${index}`, component: 'all' },
  ...more,
  ...(after && { after }),
});
const barrier: OrderItem = { object: 'Component.bookend.dev/all', apiVersion: 'bookend.dev/v1alpha1', mode: 'barrier' };

describe('the order in the status', () => {
  test('names objects by their place in the inventory, runs of them once, and the rest in full', () => {
    const order = [step(3), step(4), step(0, [0]), { ...barrier, after: [0, 1, 2] }, step(5, [3], { mode: 'keep' })];
    const packed = packOrder(order, inventory);
    assert.deepEqual(packed.steps, ['3-4', '0<0', '+0<0-2', '+1<3']);
    assert.deepEqual(packed.others, [barrier, step(5, undefined, { mode: 'keep' })]);
    assert.deepEqual(orderOf(JSON.parse(JSON.stringify(packed)), inventory), order);
  });

  test('names an object in full whose UID or component is not that of the inventory', () => {
    const order = [step(0, undefined, { uid: 'other' }), step(1, undefined, { component: 'moved' }), step(2)];
    const packed = packOrder(order, inventory);
    assert.deepEqual(packed.steps, ['+0-1', '2']);
    assert.deepEqual(orderOf(packed, inventory), order);
    const [unmade] = inventory.map(({ uid: _, ...item }) => item);
    assert.deepEqual(packOrder([step(0)], unmade ? [unmade] : []).steps, ['+0']);
  });

  test('keeps what stands between an object and its Pods, beside steps that are still short', () => {
    const order = [step(3), step(4, [0], { between: ['rs1', 'rs2'] }), step(5, [1])];
    const packed = packOrder(order, inventory);
    assert.deepEqual(packed, { steps: ['3', '4<0', '5<1'], between: ['1:rs1,rs2'] });
    assert.deepEqual(orderOf(packed, inventory), order);
    assert.throws(() => orderOf({ ...packed, between: ['rs1'] }, inventory), /cannot be read/);
  });

  test('is also read as former versions wrote it', () => {
    const order = [step(3), { ...barrier, after: [0] }, step(0, [1])];
    assert.deepEqual(orderOf({ startedAt: 'x', order, objects: [] }, []), order);
    assert.deepEqual(orderOf(undefined, inventory), []);
  });

  const unreadable = ['6', '0-6', '+0', '', 'x', '0<', '0<9', '0<1', '0,1', '1-0', '+', 7, null, '0-999999999'];
  for (const text of unreadable) {
    test(`is refused, not shortened, because of a step ${JSON.stringify(text)}`, () => {
      assert.throws(() => orderOf({ steps: [text] }, inventory), /the order in status.teardown cannot be read/);
    });
  }

  test('is refused if an object stands in it twice', () => {
    assert.throws(() => orderOf({ steps: ['0-2', '1'] }, inventory), /stands in it twice/);
  });
});
