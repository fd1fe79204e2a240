import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch } from '../../test/scratch.ts';
import { withLock } from './lock.ts';

test('two holders of one lock never work at the same time, and the second is told that it waits', async () => {
  const directory = scratch();
  const file = join(directory, 'deep', 'lock');
  const happened: string[] = [];
  const work = (name: string) =>
    withLock(
      file,
      async () => {
        happened.push(`${name} starts`);
        await sleep(100);
        happened.push(`${name} ends`);
      },
      () => happened.push(`${name} waits`),
    );
  const first = work('first');
  while (!happened.includes('first starts')) await sleep(5);
  await Promise.all([first, work('second')]);
  assert.deepEqual(happened, ['first starts', 'second waits', 'first ends', 'second starts', 'second ends']);
});

test('a lock is free again after its holder failed', async () => {
  const directory = scratch();
  const file = join(directory, 'lock');
  const failing = () => Promise.reject(new Error('failed'));
  await assert.rejects(withLock(file, failing, assert.fail), /failed/);
  assert.equal(await withLock(file, async () => 'free', assert.fail), 'free');
});
