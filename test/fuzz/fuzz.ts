/**
 * Fuzzes a target for some time, from outside of its thread: so that a hang and a lack of memory are failures like
 * any other.
 */
import { Worker } from 'node:worker_threads';
import type { Order, Report } from './thread.ts';

/** An input that is read for so long, in ms, hangs. Real time: the machine may be busy, so it is long. */
const hangsMs = 60_000;
/** A thread that has not begun after so long, in ms, never does. */
const startsMs = 300_000;
const program = new URL('./thread.ts', import.meta.url);
const memory = { maxOldGenerationSizeMb: 768 };

export type Fuzzed = { inputs: number; failure?: string };

/** @param seed the same seed gives the same inputs, until the time is over */
export async function fuzz(target: string, seed: number, ms: number): Promise<Fuzzed> {
  const progress = new SharedArrayBuffer(4);
  const counter = new Int32Array(progress);
  const worker = new Worker(program, { workerData: { target, seed, ms, progress } satisfies Order, resourceLimits: memory });
  const report = await new Promise<Report | Error>((resolve) => {
    let [seen, since] = [-1, performance.now()];
    const look = setInterval(() => {
      const now = Atomics.load(counter, 0);
      if (now !== seen) [seen, since] = [now, performance.now()];
      const silentMs = performance.now() - since;
      if (now === 0 && silentMs > startsMs) resolve(new Error('the thread does not start'));
      if (now > 0 && silentMs > hangsMs) resolve(new Error(`an input was read for more than ${hangsMs / 1_000} s`));
    }, 250);
    worker.once('message', resolve);
    worker.once('error', resolve);
    worker.once('exit', () => {
      clearInterval(look);
      resolve(new Error('the thread ended'));
    });
  });
  await worker.terminate();
  if (!(report instanceof Error)) {
    const { inputs, failure } = report;
    return { inputs, ...(failure && { failure: described(target, seed, failure) }) };
  }
  // It could not shrink the input, nor say which one it was: it is made once more.
  const inputs = Atomics.load(counter, 0);
  const input = await inputOf(target, seed, inputs - 1);
  return { inputs, failure: described(target, seed, { input, error: report.message, path: String(inputs - 1) }) };
}

/** In another thread: making it may be what hangs. */
async function inputOf(target: string, seed: number, only: number): Promise<string> {
  const order: Order = { target, seed, ms: 0, only: Math.max(0, only), progress: new SharedArrayBuffer(4) };
  const worker = new Worker(program, { workerData: order });
  const shown = await new Promise<string>((resolve) => {
    worker.once('message', ({ failure }: Report) => resolve(failure?.input ?? ''));
    worker.once('error', (error: Error) => resolve(`(it cannot be made: ${error.message})`));
  });
  await worker.terminate();
  return shown;
}

function described(target: string, seed: number, { input, error, path }: { input: string; error: string; path: string }): string {
  const shown = input.length > longestShown ? `${input.slice(0, longestShown)}… (${input.length} characters)` : input;
  return `${error}\n\nThe input, shrunk where that was possible (${path}):\n${JSON.stringify(shown)}\n\nAgain: npm run fuzz -- --only ${target} --seed ${seed}`;
}

const longestShown = 4_000;
