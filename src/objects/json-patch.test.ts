/**
 * A patch contains exactly the difference: carried out, it gives the other value. With kustomize:
 * test/e2e/share-cli.e2e.ts.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isEqual, jsonPatch } from './json-patch.ts';
import { patched } from './testing/patched.ts';

describe('A JSON patch between two values', () => {
  test('turns one into the other, whatever they are', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(json, json, (before, after) =>
        assert.deepEqual(plain(patched(before, jsonPatch(before, after))), plain(after)),
      ),
    );
  });

  test('is empty for equal values, whatever the order of their fields', () => {
    assert.deepEqual(jsonPatch({ a: 1, b: { c: [1, { d: null }] } }, { b: { c: [1, { d: null }] }, a: 1 }), []);
    assert.deepEqual(jsonPatch({ a: 1, b: undefined }, { a: 1 }), []);
  });

  test('adds what comes first in a list without touching what follows', () => {
    const value = { name: 'seed' };
    assert.deepEqual(jsonPatch({ initContainers: [{ name: 'one' }] }, { initContainers: [value, { name: 'one' }] }), [
      { op: 'add', path: '/initContainers/0', value },
    ]);
  });

  test('reaches into the entry of a list that changed', () => {
    const mount = { name: 'web', mountPath: '/web' };
    assert.deepEqual(jsonPatch([{ name: 'a', mounts: [] }, { name: 'b' }], [{ name: 'a', mounts: [mount] }, { name: 'b' }]), [
      { op: 'add', path: '/0/mounts/0', value: mount },
    ]);
  });

  test('escapes slashes and tildes in keys (RFC 6901)', () => {
    assert.deepEqual(jsonPatch({ 'a/b~c': 1 }, {}), [{ op: 'remove', path: '/a~1b~0c' }]);
  });

  test('is not misled by keys that every JavaScript object has', () => {
    assert.deepEqual(jsonPatch({}, { constructor: 'x' }), [{ op: 'add', path: '/constructor', value: 'x' }]);
    assert.ok(!isEqual({}, { toString: 'x' }));
  });
});
