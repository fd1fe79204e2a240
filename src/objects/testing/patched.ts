/** A small reader of JSON patches that knows only RFC 6902, to check the patches that we make. */
import assert from 'node:assert/strict';
import type { PatchOperation } from '../json-patch.ts';

export function patched(document: unknown, operations: readonly PatchOperation[]): unknown {
  const root = { '': structuredClone(document) };
  for (const operation of operations) {
    const keys = operation.path.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    const parent = (keys.length === 0 ? root : at(root, keys)) as Record<string, unknown>;
    if (operation.op === 'test') assert.deepEqual(parent[last], operation.value);
    else if (Array.isArray(parent)) changeList(parent, last === '-' ? parent.length : Number(last), operation);
    else if (operation.op === 'remove') {
      assert.ok(Object.hasOwn(parent, last), `${operation.path} exists`);
      delete parent[last];
    } else Object.defineProperty(parent, last, { value: operation.value, enumerable: true, configurable: true, writable: true });
  }
  return root[''];
}

function at(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce((value, key) => (value as Record<string, unknown>)[key], root);
}

function changeList(list: unknown[], index: number, operation: Exclude<PatchOperation, { op: 'test' }>): void {
  assert.ok(index <= list.length - (operation.op === 'add' ? 0 : 1), `${operation.path} is in the list`);
  if (operation.op === 'add') list.splice(index, 0, operation.value);
  else if (operation.op === 'remove') list.splice(index, 1);
  else list[index] = operation.value;
}
