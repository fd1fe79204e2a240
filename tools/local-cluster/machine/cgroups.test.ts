import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isInCgroup } from './cgroups.ts';

describe('the cgroup of a process', () => {
  test('belongs to a cluster in any hierarchy, the older ones and the new one', () => {
    assert.equal(isInCgroup('4:memory:/bookend-a/kubepods/pod1/x\n0::/\n', 'bookend-a'), true);
    assert.equal(isInCgroup('0::/bookend-a/components\n', 'bookend-a'), true);
  });

  test('is not mistaken for that of a cluster whose name begins alike', () => {
    assert.equal(isInCgroup('0::/bookend-ab/components\n', 'bookend-a'), false);
    assert.equal(isInCgroup('1:name=systemd:/other/bookend-a\n', 'bookend-a'), false);
  });
});
