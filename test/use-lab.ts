/** The cluster as the tests of a file use it: opened before the first, put in order after one that failed, closed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { openCluster } from '../src/cluster/kube/open.ts';
import { type Lab, openLab, root } from '../tools/lab/lab.ts';

/** Another cluster than the usual one, for who wants to run these tests beside something else. */
const clusterName = process.env.BOOKEND_E2E_CLUSTER ?? 'bookend';

export type LabUse = {
  /** Before the first test. */
  prepare?(lab: Lab): Promise<void>;
  /** What a failed test left must not fail the next ones. */
  repair?(lab: Lab): Promise<void>;
  /** After the last test. */
  finish?(lab: Lab): Promise<void>;
  /**
   * A request that is refused is not repeated: what a webhook that does not answer refuses is tried for long otherwise.
   */
  impatient?: boolean;
};

/** Call it inside of `describe`, or at the top of a file. */
export function useLab({ prepare, repair, finish, impatient = false }: LabUse = {}): () => Lab {
  let lab: Lab | undefined;
  let isPrepared = false;
  before(async () => {
    lab = await openLab({ name: clusterName });
    if (impatient) {
      await lab.cluster.close();
      const cluster = await openCluster({ kubeconfig: lab.kubeconfig, retryForMs: 0 });
      lab = { ...lab, cluster, close: () => cluster.close() };
    }
    await prepare?.(lab);
    isPrepared = true;
  });
  if (repair) {
    // Tests that run at the same time: what one left is put in order once none runs that would lose its own by it.
    let running = 0;
    let isBroken = false;
    beforeEach(() => {
      running += 1;
    });
    afterEach(async (test) => {
      running -= 1;
      isBroken ||= 'passed' in test && !test.passed;
      if (!lab || !isBroken || running > 0) return;
      isBroken = false;
      try {
        await repair(lab);
      } catch (error) {
        // The test runner keeps to itself what goes wrong after a failed test.
        console.error(`cleaning up after "${test.name}":`, error);
      }
    });
  }
  after(async () => {
    if (!lab) return;
    try {
      // What cannot be prepared cannot be put in order either: the next file waits for that once more.
      if (isPrepared) await finish?.(lab);
    } finally {
      await lab.close();
    }
  });
  return () => {
    if (lab) return lab;
    throw new Error('the cluster is open only while the tests of the file run');
  };
}

/** Writes figures for the summary of `npm test`. */
export function writeResult(name: string, result: object): void {
  const directory = join(root, '.cache', 'test');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(result)}\n`);
}
