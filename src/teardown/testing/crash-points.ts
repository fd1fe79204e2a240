/**
 * A crash or failure at every single write of a run, one run for each: exhaustive, because the one place where a crash
 * does harm is the one that nobody thought of. Knows nothing of teardowns, so that whatever writes to a simulated
 * cluster can be tried with it.
 */
import assert from 'node:assert/strict';
import type { Request, SimulatedCluster } from '../../cluster/simulated/index.ts';
import { BookendError } from '../../errors.ts';

/**
 * What goes wrong: the process ends before or after the write; the write happens and its answer is lost; or the API
 * server refuses it once.
 */
const faults = ['crash-before', 'crash-after', 'answer-lost', 'throttled', 'server-error', 'conflict'] as const;
type Fault = (typeof faults)[number];

/**
 * The write at which it goes wrong, counted from 1 among the writes of the process under test; `each` for one after the
 * other.
 */
export type CrashPoint = { write: number | 'each'; fault: Fault };

export type RunResult = {
  /** How many writes the process under test made. */
  writes: number;
  /** What must be the same however the run was disturbed. */
  end: unknown;
};

/**
 * Runs the scenario undisturbed, then once for each of its writes and each fault, and asserts that it ends in the same
 * way each time. `runOnce` asserts whatever must hold during the run.
 * @param isTried at which writes, of so many: all of them, unless a run has so many that it cannot be
 * @returns the number of crash points tried, and the undisturbed run
 */
export async function everyCrashPoint<Scenario>(
  scenario: Scenario,
  runOnce: (scenario: Scenario, point?: CrashPoint) => Promise<RunResult>,
  isTried: (write: number, of: number) => boolean = () => true,
): Promise<{ points: number; undisturbed: RunResult }> {
  const undisturbed = await runOnce(scenario);
  let points = 0;
  for (let write = 1; write <= undisturbed.writes; write++) {
    if (!isTried(write, undisturbed.writes)) continue;
    for (const fault of faults) {
      points++;
      const { end } = await at(`${fault} at write ${write} of ${undisturbed.writes}`, () => runOnce(scenario, { write, fault }));
      assert.deepEqual(end, undisturbed.end, `${fault} at write ${write} of ${undisturbed.writes}: another end`);
    }
  }
  return { points, undisturbed };
}

/**
 * Runs the scenario with processes of which none survives its first write, and asserts that it ends as the undisturbed
 * run does. Only for processes that do not begin with a write that each of them has to make anew, such as the renewal
 * of a lease.
 */
export async function crashAfterEachWrite<Scenario>(
  scenario: Scenario,
  undisturbed: RunResult,
  runOnce: (scenario: Scenario, point: CrashPoint) => Promise<RunResult>,
): Promise<void> {
  const { end } = await at('a crash after each write', () => runOnce(scenario, { write: 'each', fault: 'crash-after' }));
  assert.deepEqual(end, undisturbed.end, 'a crash after each write: another end');
}

/**
 * Makes the cluster fail at the point, and counts the writes of the process under test.
 * @param isItsWrite tells the writes of the process under test from those of others
 * @param kill ends the process that is running now
 */
export function arm(
  simulated: SimulatedCluster,
  point: CrashPoint | undefined,
  isItsWrite: (request: Request) => boolean,
  kill: () => void,
): { writes(): number } {
  const { intercept } = simulated;
  let count = 0;
  intercept.beforeWrite = (_, request) => {
    if (!isItsWrite(request)) return;
    count++;
    if (!point || !isHit(point, count)) return;
    if (point.fault === 'crash-before') {
      kill();
      throw new BookendError('unreachable', 'this process is no more');
    }
    const refusal = refusals[point.fault];
    if (refusal) throw refusal();
  };
  intercept.afterWrite = (_, request) => {
    if (!isItsWrite(request) || !point || !isHit(point, count)) return;
    if (point.fault === 'crash-after') kill();
    if (point.fault === 'answer-lost') throw new BookendError('unreachable', 'the answer was lost');
  };
  return { writes: () => count };
}

function isHit({ write }: CrashPoint, count: number): boolean {
  return write === 'each' || write === count;
}

const refusals: Partial<Record<Fault, () => BookendError>> = {
  throttled: () => new BookendError('throttled', 'too many requests', { status: 429, retryAfterMs: 1_000 }),
  'server-error': () => new BookendError('unreachable', 'etcdserver: request timed out', { status: 500 }),
  conflict: () =>
    new BookendError('conflict', 'the object has been modified; please apply your changes to the latest version', {
      status: 409,
    }),
};

async function at<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${place}: ${error.message}`;
    throw error;
  }
}
