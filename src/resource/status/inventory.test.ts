import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compactFrom, type InventoryItem, inventoryForStatus, inventoryOf, packInventory } from './inventory.ts';

const map = (name: string, more: Partial<InventoryItem> = {}): InventoryItem => ({
  ...{ component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name },
  ...more,
});
const role: InventoryItem = { component: 'all', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'r' };
const digest = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0';

describe('the inventory in the status', () => {
  test('has one group for each component, kind, namespace and policy, and one text for each object', () => {
    const items = [map('a', { uid: 'u1' }), { ...role, uid: 'u2' }, map('b', { nonces: [digest] }), map('c', { keep: true })];
    assert.deepEqual(packInventory(items), [
      { component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', objects: ['a/u1', `b//${digest}`] },
      { component: 'all', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', objects: ['r/u2'] },
      { component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', keep: true, objects: ['c/'] },
    ]);
  });

  test('stays in full while it is small, as every version reads it', () => {
    const hex = Buffer.from(digest, 'base64url').toString('hex');
    const items = [map('a', { uid: 'u1' }), map('b', { nonces: [digest] })];
    assert.deepEqual(inventoryForStatus(items), [map('a', { uid: 'u1' }), map('b', { nonces: [hex] })]);
    assert.deepEqual(inventoryOf({ inventory: inventoryForStatus(items) }), items);
    const many = Array.from({ length: compactFrom }, (_, index) => map(`m${index}`));
    assert.deepEqual(inventoryForStatus(many), packInventory(many));
  });

  test('says the same when it is read back', () => {
    const items = [
      map('a', { uid: 'u1' }),
      map('b', { uid: 'u2', nonces: [digest, digest] }),
      map('c', { nonces: [digest] }),
      map('d'),
      { ...role, name: 'system:a b', uid: 'u3', keep: true },
    ];
    assert.deepEqual(inventoryOf({ inventory: JSON.parse(JSON.stringify(packInventory(items))) }), items);
  });

  test('cannot be made to claim the UID of another object by a name or a UID with a slash in it', () => {
    const items = [map('mine/uid-of-a-victim'), map('x', { uid: 'u/v' })];
    const packed = packInventory(items);
    assert.deepEqual(inventoryOf({ inventory: packed }), items);
    assert.deepEqual(
      packed.map(({ objects }) => objects),
      [undefined, undefined],
    );
  });

  test('is also read as former versions wrote it, with their hexadecimal hashes', () => {
    const hex = Buffer.from(digest, 'base64url').toString('hex');
    const former = [
      { component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'a', uid: 'u1' },
      { component: 'all', apiVersion: 'v1', kind: 'ConfigMap', namespace: 'agents', name: 'b', nonces: [hex], keep: true },
    ];
    assert.deepEqual(inventoryOf({ inventory: former }), [map('a', { uid: 'u1' }), map('b', { nonces: [digest], keep: true })]);
  });

  test('that is no inventory is read as none', () => {
    const odd = [undefined, {}, { inventory: 'x' }, { inventory: [1, {}, { kind: 'ConfigMap', objects: ['a/b'] }] }];
    for (const status of odd) assert.deepEqual(inventoryOf(status), []);
    assert.deepEqual(inventoryOf({ inventory: [{ apiVersion: 'v1', kind: 'ConfigMap', objects: ['', '/u', 7] }] }), []);
  });
});
