/**
 * A cluster that scenarios are played on: real, where time passes by itself, or simulated, where it is made to pass.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/cluster/port.ts';
import { makeSimulatedCluster } from '../../src/cluster/simulated/index.ts';
import type { Scenario } from './scenario.ts';

export type Subject = {
  cluster: Cluster;
  /** Milliseconds of this cluster's time. */
  now(): number;
  pass(ms: number): Promise<void>;
  /** @throws Error that says what was waited for */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
};

/** Longer than anything takes on a busy machine. */
const patienceMs = 90_000;

export function realSubject(cluster: Cluster): Subject {
  return {
    cluster,
    now: () => performance.now(),
    pass: (ms) => sleep(ms),
    async until(what, condition) {
      const end = performance.now() + patienceMs;
      while (!(await condition())) {
        if (performance.now() > end) throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`);
        await sleep(100);
      }
    },
  };
}

export function simulatedSubject(scenario: Scenario, seed = 1): Subject {
  const simulated = makeSimulatedCluster({ seed, shuffleTimers: seed > 1 });
  for (const { webhook, operation, message } of scenario.refuses ?? [])
    simulated.webhookAnswers.set(webhook, (request) => (request.operation === operation ? { message } : undefined));
  return {
    cluster: simulated.cluster,
    now: () => simulated.clock.now(),
    pass: (ms) => simulated.settle(ms),
    async until(what, condition) {
      try {
        await simulated.until(condition, patienceMs);
      } catch (error) {
        throw new Error(`waited in vain until ${what}`, { cause: error });
      }
    },
  };
}
