/** A patch says exactly what differs: carried out, it gives the other value, and it leaves alone what is the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { difference, isEqual, type Operation } from './json-patch.ts';

describe('The difference of two values as a JSON patch', () => {
  test('makes the one of the other, whatever they are', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(json, json, (before, after) =>
        assert.deepEqual(plain(carriedOut(before, difference(before, after))), plain(after)),
      ),
    );
  });

  test('is nothing for equal values, in whatever order their fields stand', () => {
    assert.deepEqual(difference({ a: 1, b: { c: [1, { d: null }] } }, { b: { c: [1, { d: null }] }, a: 1 }), []);
    assert.deepEqual(difference({ a: 1, b: undefined }, { a: 1 }), []);
  });

  test('adds what comes first in a list without touching what follows', () => {
    const value = { name: 'seed' };
    assert.deepEqual(difference({ initContainers: [{ name: 'one' }] }, { initContainers: [value, { name: 'one' }] }), [
      { op: 'add', path: '/initContainers/0', value },
    ]);
  });

  test('reaches into the entry of a list that changed', () => {
    const mount = { name: 'web', mountPath: '/web' };
    assert.deepEqual(difference([{ name: 'a', mounts: [] }, { name: 'b' }], [{ name: 'a', mounts: [mount] }, { name: 'b' }]), [
      { op: 'add', path: '/0/mounts/0', value: mount },
    ]);
  });

  test('writes slashes and tildes in keys as RFC 6901 wants them', () => {
    assert.deepEqual(difference({ 'a/b~c': 1 }, {}), [{ op: 'remove', path: '/a~1b~0c' }]);
  });

  test('is not led astray by keys that every object of JavaScript has', () => {
    assert.deepEqual(difference({}, { constructor: 'x' }), [{ op: 'add', path: '/constructor', value: 'x' }]);
    assert.ok(!isEqual({}, { toString: 'x' }));
  });
});

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Carries a patch out as RFC 6902 describes it. */
function carriedOut(document: unknown, operations: readonly Operation[]): unknown {
  const root = { '': plain(document) };
  for (const operation of operations) {
    const keys = operation.path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const path = ['', ...keys];
    const last = path.pop() ?? '';
    const parent = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], root);
    if (Array.isArray(parent)) {
      const index = Number(last);
      assert.ok(index <= parent.length, `${operation.path} is beyond the end`);
      if (operation.op === 'add') parent.splice(index, 0, operation.value);
      else if (operation.op === 'remove') parent.splice(index, 1);
      else parent[index] = operation.value;
    } else if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last];
    else Object.defineProperty(parent, last, { value: operation.value, enumerable: true, configurable: true, writable: true });
  }
  return root[''];
}
