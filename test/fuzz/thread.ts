/**
 * Fuzzes one target in a thread of its own, which can be ended when an input hangs and has memory of its own to
 * exceed.
 */
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { check } from './target.ts';
import { targets } from './targets/all.ts';

export type Order = {
  target: string;
  seed: number;
  ms: number;
  /** The input of this number, counted from 0, is shown and not read. */
  only?: number;
  /** Counts inputs while they are read. */
  progress: SharedArrayBuffer;
};

export type Report = { inputs: number; failure?: { input: string; error: string; path: string } };

const { target: name, seed, ms, only, progress } = workerData as Order;
const target = targets.get(name);
if (!target || !parentPort) throw new TypeError(`there is no target ${name}`);
const counter = new Int32Array(progress);

if (only !== undefined) {
  const inputs = fc.sample(
    fc.asyncProperty(target.inputs, async () => undefined),
    { seed, numRuns: only + 1 },
  );
  parentPort.postMessage({
    inputs: only,
    failure: { input: target.show((inputs.at(-1) as [unknown])[0]), error: '', path: String(only) },
  } satisfies Report);
} else {
  const property = fc.asyncProperty(target.inputs, async (input) => {
    Atomics.add(counter, 0, 1);
    await check(target, input);
  });
  const result = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: ms,
    maxSkipsPerRun: 1_000,
  });
  const failure =
    result.failed && result.counterexample
      ? failureOf(result.counterexample[0], result.errorInstance, result.counterexamplePath)
      : undefined;
  parentPort.postMessage({ inputs: Atomics.load(counter, 0), ...(failure && { failure }) } satisfies Report);
}

function failureOf(input: unknown, error: unknown, path: string | null): NonNullable<Report['failure']> {
  return {
    input: target?.show(input) ?? '',
    error: error instanceof Error ? String(error.stack) : String(error),
    path: path ?? '',
  };
}
