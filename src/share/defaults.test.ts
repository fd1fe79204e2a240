/** A flag for all shares is for those that could have what it says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withDefaults } from './defaults.ts';
import { parseShare } from './notation.ts';

test('A default is for the shares that can have it, and their own word counts more', () => {
  const [copy, scratch, image] = ['a = app:/a -> web:/a', 'b = app:/c, web:/c', 'c = app:/a -> web:/a:ro; mode=image'].map(
    (line) => parseShare(line),
  ) as [ReturnType<typeof parseShare>, ReturnType<typeof parseShare>, ReturnType<typeof parseShare>];
  assert.equal(withDefaults(copy, { mode: 'copy' }).mode, 'copy');
  assert.equal(withDefaults(scratch, { mode: 'copy' }).mode, undefined);
  assert.equal(withDefaults(scratch, { mode: 'scratch' }).mode, 'scratch');
  assert.equal(withDefaults(copy, { mode: 'scratch' }).mode, undefined);
  assert.equal(withDefaults(image, { mode: 'copy' }).mode, 'image');
  assert.deepEqual(withDefaults(image, { sizeLimit: '1Gi', medium: 'Memory', resources: {} }), image);
  assert.deepEqual(withDefaults(scratch, { sizeLimit: '1Gi', resources: {} }), { ...scratch, sizeLimit: '1Gi' });
  assert.deepEqual(withDefaults({ ...copy, sizeLimit: '2Gi' }, { sizeLimit: '1Gi' }).sizeLimit, '2Gi');
});
