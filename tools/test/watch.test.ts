import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BookendError } from '../../src/errors.ts';
import { createProgress } from '../local-cluster/index.ts';
import { changedFiles } from './changed-files.ts';
import { scratch } from './scratch.ts';
import { watchAndRun } from './watch.ts';

const root = scratch();
const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root });
const write = (path: string) => writeFileSync(join(root, path), `${Math.random()}`);

test('what changed is found against the main branch, and tested again until it passes', { timeout: 60_000 }, async () => {
  mkdirSync(join(root, 'src'));
  assert.throws(() => changedFiles(root), BookendError);
  git('init', '-q', '-b', 'main');
  for (const path of ['src/a.ts', 'src/b.ts', 'src/c.ts']) write(path);
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  assert.deepEqual(changedFiles(root), []);
  git('switch', '-q', '-c', 'branch');
  write('src/a.ts');
  git('commit', '-q', '-a', '-m', 'second');
  write('src/b.ts');
  write('src/new.ts');
  assert.deepEqual(changedFiles(root), ['src/a.ts', 'src/b.ts', 'src/new.ts']);

  const runs: string[][] = [];
  const abort = new AbortController();
  await watchAndRun({
    root,
    progress: createProgress({ stream: process.stderr }),
    signal: abort.signal,
    async run(_, changed) {
      runs.push([...changed].sort());
      // The first passes, the second does not; each is followed by another change.
      if (runs.length === 1) setTimeout(() => write('src/a.ts'), 50);
      if (runs.length === 2) setTimeout(() => write('src/c.ts'), 500);
      if (runs.length === 3) setTimeout(() => abort.abort(), 50);
      return runs.length === 2 ? 1 : 0;
    },
  });
  assert.deepEqual(runs, [['src/a.ts', 'src/b.ts', 'src/new.ts'], ['src/a.ts'], ['src/a.ts', 'src/c.ts']]);
});
