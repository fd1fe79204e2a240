/** Patches for people test the names of what they change. With kustomize: test/e2e/share-cli.e2e.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonPatch } from '../../objects/json-patch.ts';
import { patched } from '../../objects/testing/patched.ts';
import { namedEntries } from './patch-of-lists.ts';

const patch = (before: unknown, after: unknown, path = '') => jsonPatch(before, after, path, namedEntries);

const containers = [
  { name: 'app', image: 'a' },
  { name: 'web', image: 'b', volumeMounts: [{ name: 'x', mountPath: '/x' }] },
];

describe('The patch between two Pod specs', () => {
  test('tests the name of a container before it changes anything in it', () => {
    const [app, web] = containers;
    const mount = { name: 'y', mountPath: '/y' };
    const after = { containers: [app, { ...web, volumeMounts: [{ name: 'x', mountPath: '/x' }, mount] }] };
    assert.deepEqual(patch({ containers }, after, '/spec'), [
      { op: 'test', path: '/spec/containers/1/name', value: 'web' },
      { op: 'add', path: '/spec/containers/1/volumeMounts/-', value: mount },
    ]);
  });

  test('puts new entries where they belong', () => {
    const init = [{ name: 'wait' }];
    const after = { initContainers: [{ name: 'seed' }, ...init, { name: 'last' }] };
    assert.deepEqual(patch({ initContainers: init }, after), [
      { op: 'add', path: '/initContainers/0', value: { name: 'seed' } },
      { op: 'add', path: '/initContainers/-', value: { name: 'last' } },
    ]);
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
        assert.deepEqual(patched(before, patch(before, after)), after);
      }),
      { seed },
    );
  });
});
