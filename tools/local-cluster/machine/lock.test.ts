import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from './lock.ts';

test('two holders of one lock never work at the same time, and the second is told that it waits', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'bookend-lock-'));
  context.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'deep', 'lock');
  const happened: string[] = [];
  const work = (name: string) =>
    withLock(
      file,
      () => happened.push(`${name} waits`),
      async () => {
        happened.push(`${name} starts`);
        await sleep(100);
        happened.push(`${name} ends`);
      },
    );
  const first = work('first');
  while (!happened.includes('first starts')) await sleep(5);
  await Promise.all([first, work('second')]);
  assert.deepEqual(happened, ['first starts', 'second waits', 'first ends', 'second starts', 'second ends']);
});

test('a lock is free again after its holder failed', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'bookend-lock-'));
  context.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'lock');
  await assert.rejects(
    withLock(file, assert.fail, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await withLock(file, assert.fail, async () => 'free'), 'free');
});
