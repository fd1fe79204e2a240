/**
 * The patch gives what it should: applied by a small program that knows only what RFC 6902 says. With kustomize:
 * test/e2e/share-cli.e2e.ts.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isMap } from '../../objects/fields.ts';
import { jsonPatch, type PatchOperation } from './json-patch.ts';

const containers = [
  { name: 'app', image: 'a' },
  { name: 'web', image: 'b', volumeMounts: [{ name: 'x', mountPath: '/x' }] },
];

describe('The patch between two Pod specs', () => {
  test('tests the name of a container before it changes anything in it', () => {
    const [app, web] = containers;
    const mount = { name: 'y', mountPath: '/y' };
    const after = { containers: [app, { ...web, volumeMounts: [{ name: 'x', mountPath: '/x' }, mount] }] };
    assert.deepEqual(jsonPatch({ containers }, after, ['spec']), [
      { op: 'test', path: '/spec/containers/1/name', value: 'web' },
      { op: 'add', path: '/spec/containers/1/volumeMounts/-', value: mount },
    ]);
  });

  test('puts new entries where they belong', () => {
    const init = [{ name: 'wait' }];
    const after = { initContainers: [{ name: 'seed' }, ...init, { name: 'last' }] };
    assert.deepEqual(jsonPatch({ initContainers: init }, after), [
      { op: 'add', path: '/initContainers/0', value: { name: 'seed' } },
      { op: 'add', path: '/initContainers/-', value: { name: 'last' } },
    ]);
  });

  test('escapes what has a meaning in a pointer', () => {
    assert.deepEqual(jsonPatch({}, { 'a/b~c': 1 }), [{ op: 'add', path: '/a~1b~0c', value: 1 }]);
  });

  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  test(`gives the second from the first (SEED=${seed})`, () => {
    const entry = fc.record(
      { name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), mountPath: fc.constantFrom('/x', '/y') },
      { noNullPrototype: true },
    );
    const list = fc.uniqueArray(entry, { selector: ({ name, mountPath }) => name + mountPath });
    const value = fc.dictionary(fc.constantFrom('p', 'q/r', 's~'), fc.oneof(list, fc.array(fc.nat(3)), fc.string()), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(value, value, (before, after) => {
        assert.deepEqual(jsonPatch(before, after).reduce(applied, before as unknown), after);
      }),
      { seed },
    );
  });
});

function applied(document: unknown, operation: PatchOperation): unknown {
  const path = operation.path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return at(document, path, operation);
}

function at(value: unknown, [key = '', ...rest]: string[], operation: PatchOperation): unknown {
  if (Array.isArray(value)) {
    const index = key === '-' ? value.length : Number(key);
    if (rest.length > 0) return value.map((each, place) => (place === index ? at(each, rest, operation) : each));
    if (operation.op === 'remove') return value.toSpliced(index, 1);
    if (operation.op === 'add') return value.toSpliced(index, 0, operation.value);
    assert.equal(operation.op, 'replace');
    return value.with(index, operation.op === 'replace' ? operation.value : undefined);
  }
  assert.ok(isMap(value));
  if (rest.length > 0) return { ...value, [key]: at(value[key], rest, operation) };
  if (operation.op === 'test') {
    assert.deepEqual(value[key], operation.value);
    return value;
  }
  const { [key]: before, ...others } = value;
  if (operation.op === 'add') return { ...value, [key]: operation.value };
  assert.notEqual(before, undefined);
  return operation.op === 'remove' ? others : { ...value, [key]: operation.value };
}
