/**
 * Runs files of tests with Node's own test runner, in processes of their own or in groups, and counts what came of
 * them.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { writeGroups } from './groups.ts';
import type { StageResult } from './stage.ts';
import { TestCount } from './test-count.ts';

export type NodeTestOptions = {
  /** Absolute paths. */
  files: string[];
  /** How many files at once. */
  concurrency: number;
  /** Where to write programs that run several files in one process; absent: each has its own. */
  groupsIn?: string;
  /** Begin with the first of the files, not with the longest. */
  nearestFirst?: boolean;
  grep?: string;
  environment: NodeJS.ProcessEnv;
  cwd: string;
  log: string;
  signal: AbortSignal;
  /** Told whenever a test or suite has ended, and how long it took. */
  onTest(count: TestCount, ms: number): void;
};

/**
 * A file that has not ended after this time, in ms, never will: better one failure than a run that somebody else ends.
 */
const hangsMs = 20 * 60_000;

export async function runNodeTests({
  files,
  concurrency,
  groupsIn,
  nearestFirst,
  grep,
  environment,
  cwd,
  log,
  signal,
  onTest,
}: NodeTestOptions): Promise<StageResult> {
  const count = new TestCount(cwd, grep !== undefined);
  const stream = run({
    files: groupsIn === undefined ? files : writeGroups(files, groupsIn, nearestFirst),
    concurrency,
    isolation: 'process',
    timeout: hangsMs,
    cwd,
    env: environment,
    signal,
    ...(grep !== undefined && { testNamePatterns: [new RegExp(grep)] }),
  });
  for (const type of ['test:pass', 'test:fail'] as const) {
    stream.on(type, (data: Parameters<TestCount['add']>[1]) => {
      count.add(type, data);
      onTest(count, data.details.duration_ms);
    });
  }
  stream.on('test:stderr', ({ file, message }: { file: string; message: string }) => count.said(file, message));
  const file = createWriteStream(log);
  stream.compose(new spec()).pipe(file);
  await finished(file);
  // A file with a process of its own is heard of without tests, too. Whoever declares tests through a helper is heard
  // of under the helper's name.
  if (groupsIn !== undefined && !signal.aborted)
    count.expect(files.filter((each) => readFileSync(each, 'utf8').includes("from 'node:test'")));
  return count.result();
}
