import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMounts } from './mounts.ts';

test('a mount has a point and a type, also with optional fields and blanks in its path', () => {
  const text = [
    '25 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '40 25 0:4 net:[4026532] /run/bookend/two\\040words/netns rw shared:12 master:3 - nsfs nsfs rw',
    '',
  ].join('\n');
  assert.deepEqual(parseMounts(text), [
    { point: '/', type: 'ext4' },
    { point: '/run/bookend/two words/netns', type: 'nsfs' },
  ]);
});
