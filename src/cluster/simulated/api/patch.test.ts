import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonPatchOperation } from '../../port.ts';
import { jsonPatch, mergePatch } from './patch.ts';

const patched = (document: unknown, ...operations: JsonPatchOperation[]) => jsonPatch(document, operations);

describe('JSON patch', () => {
  test('adds, replaces and removes fields and items', () => {
    const document = { a: 1, list: ['x', 'y'] };
    assert.deepEqual(
      patched(
        document,
        { op: 'add', path: '/b', value: 2 },
        { op: 'replace', path: '/a', value: 3 },
        { op: 'add', path: '/list/1', value: 'between' },
        { op: 'add', path: '/list/-', value: 'end' },
        { op: 'remove', path: '/list/0' },
      ),
      { result: { a: 3, list: ['between', 'y', 'end'], b: 2 } },
    );
    assert.deepEqual(document, { a: 1, list: ['x', 'y'] });
  });

  test('reads ~1 as a slash and ~0 as a tilde', () => {
    assert.deepEqual(patched({ 'a/b~c': 1 }, { op: 'replace', path: '/a~1b~0c', value: 2 }), { result: { 'a/b~c': 2 } });
  });

  test('a test that fails is told apart from a patch that is impossible', () => {
    const fault = (operation: JsonPatchOperation) => {
      const outcome = patched({ a: { b: 1 }, list: [] }, operation);
      return 'fault' in outcome ? outcome.fault : 'none';
    };
    assert.equal(fault({ op: 'test', path: '/a', value: { b: 1 } }), 'none');
    assert.equal(fault({ op: 'test', path: '/a/b', value: 2 }), 'test-failed');
    assert.equal(fault({ op: 'test', path: '/missing', value: 2 }), 'test-failed');
    assert.equal(fault({ op: 'test', path: '/missing', value: null }), 'none');
    assert.equal(fault({ op: 'test', path: '/list/0', value: 'x' }), 'test-failed');
    assert.equal(fault({ op: 'remove', path: '/missing' }), 'impossible');
    assert.equal(fault({ op: 'replace', path: '/missing', value: 1 }), 'impossible');
    assert.equal(fault({ op: 'add', path: '/missing/deeper', value: 1 }), 'impossible');
    assert.equal(fault({ op: 'add', path: '/list/7', value: 1 }), 'impossible');
    assert.equal(fault({ op: 'add', path: 'a', value: 1 }), 'impossible');
  });
});

describe('JSON merge patch', () => {
  test('the examples of RFC 7396', () => {
    const examples: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [target, patch, result] of examples) assert.deepEqual(mergePatch(target, patch), result);
  });

  test('merging the same again changes nothing', () => {
    fc.assert(
      fc.property(fc.object(), fc.object(), (target, patch) => {
        const once = mergePatch(target, patch);
        assert.deepEqual(mergePatch(once, patch), once);
      }),
      { numRuns: 100 },
    );
  });
});
