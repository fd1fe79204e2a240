/** `npm test`: everything that can fail, in one command. See `npm test -- --help`. */
import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { createProgress, type Progress } from '../local-cluster/index.ts';
import { help, parseArguments, type TestArguments } from './arguments.ts';
import { changedFiles } from './changed-files.ts';
import { lanesOf } from './lanes.ts';
import type { StageResult } from './stage.ts';
import { type Stage, stages } from './stages.ts';
import { exitCodeOf, type FinishedStage, summaryOf } from './summary.ts';
import { TestCluster } from './test-cluster.ts';
import { watchAndRun } from './watch.ts';

/** In ms. */
const sameSignalMs = 1_000;
/** Of memory: a cluster with its tests takes up to 5 GiB. */
const twoClustersBytes = 12 * 2 ** 30;
const root = join(import.meta.dirname, '..', '..');

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(help);
  else process.exitCode = await testAll(args);
} catch (error) {
  if (!(error instanceof BookendError)) throw error;
  process.stderr.write(`${error.message}\n${error.advice}\n`);
  process.exitCode = error.exitCode;
}

async function testAll(args: TestArguments): Promise<number> {
  const progress = createProgress({ stream: process.stdout });
  const cluster = new TestCluster(args);
  const second = new TestCluster(args, `${cluster.name}-second`);
  const abort = new AbortController();
  let interrupted: number | undefined;
  let interruptedAt = 0;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      // A second one ends it at once, whatever is left then; what follows immediately is the same one, passed on by
      // npm.
      if (interrupted !== undefined && performance.now() - interruptedAt > sameSignalMs) process.exit(code);
      if (interrupted !== undefined) return;
      interrupted = code;
      interruptedAt = performance.now();
      progress.line(`${signal}: stopping, and cleaning up`);
      abort.abort();
    });
  }
  try {
    const run = (signal: AbortSignal, changed?: readonly string[]) =>
      runStages({ args, cluster, second, progress, signal, changed });
    if (args.watch) {
      await watchAndRun({ root, progress, signal: abort.signal, run });
      return interrupted ?? 0;
    }
    const code = await run(abort.signal, args.changed ? changedFiles(root) : undefined);
    return interrupted ?? code;
  } finally {
    await second.stop(progress);
    await cluster.stop(progress);
  }
}

type Run = {
  args: TestArguments;
  cluster: TestCluster;
  /** For what runs at the same time. */
  second: TestCluster;
  progress: Progress;
  signal: AbortSignal;
  changed: readonly string[] | undefined;
};

async function runStages(run: Run): Promise<number> {
  const wanted = stages.filter(({ name }) => run.args.stages.includes(name));
  const existing = run.args.kubeconfig !== undefined || run.args.context !== undefined;
  const finished: FinishedStage[] = [];
  for (const { alone, beside } of lanesOf(wanted, !existing && totalmem() >= twoClustersBytes)) {
    const plain = createProgress({ stream: { write: (text) => process.stdout.write(text) } });
    const lanes = [
      runLane(alone, run),
      runLane(beside, { ...run, cluster: run.second, progress: plain }).finally(() => run.second.stop(plain)),
    ];
    finished.push(...(await Promise.all(lanes)).flat());
  }
  for (const line of summaryOf(finished)) process.stdout.write(`${line}\n`);
  return exitCodeOf(finished);
}

/** One stage after the other. */
async function runLane(lane: readonly Stage[], run: Run): Promise<FinishedStage[]> {
  const finished: FinishedStage[] = [];
  for (const stage of lane) {
    if (run.signal.aborted) break;
    finished.push(await runStage(stage, run));
  }
  return finished;
}

async function runStage(stage: Stage, { args, cluster, progress, signal, changed }: Run): Promise<FinishedStage> {
  const { name, title } = stage;
  const log = join(root, '.cache', 'test', `${name}.log`);
  mkdirSync(join(root, '.cache', 'test'), { recursive: true });
  const started = performance.now();
  const context = { root, args, log, signal, cluster, progress, ...(changed !== undefined && { changed }) };
  const result = await progress
    .step(title, (detail) => stage.run(context, detail))
    .catch((error: unknown): StageResult => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { passed: 0, failures: [{ name: title, text }] };
    });
  // What an interruption broke off tells nothing about the code.
  if (signal.aborted) result.failures = [{ name: title, text: 'It was interrupted' }];
  const { passed, failures } = result;
  if (failures.length > 0) progress.line(`  ${passed} passed, ${failures.length} failed: ${failures[0]?.name} …`);
  return { ...result, name, ms: performance.now() - started, log: relative(process.cwd(), log) };
}
