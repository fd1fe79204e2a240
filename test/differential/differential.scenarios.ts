/**
 * The simulated cluster held to the real one: every scenario is played on both, and what was answered, what became of
 * each object and in which order must agree. Where they do not, the simulation is wrong.
 *
 * On the cluster of KUBECONFIG, or the local one. Everything made there is in namespaces `diff-…`, or named after them,
 * and is removed again.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useLab, writeResult } from '../use-lab.ts';
import { type Placed, rounds } from './all.ts';
import { clean } from './clean.ts';
import { differences } from './compare.ts';
import { play, type Trace } from './play.ts';
import { realSubject, simulatedSubject } from './subject.ts';

/** How many scenarios are played at the same time: most of each is waiting. */
const atOnce = 20;
/** The simulation must tell the same story whatever chance decides. */
const seeds = [1, 2, 3];

const result = { scenarios: 0, agreements: 0 };

const lab = useLab({
  impatient: true,
  prepare: ({ cluster }) => clean(cluster),
  async finish({ cluster }) {
    writeResult('differential', result);
    await clean(cluster);
  },
});

describe('the simulated cluster does as a real one', { concurrency: 1 }, () => {
  for (const [round, scenarios] of Object.entries(rounds)) {
    describe(round, { concurrency: atOnce }, () => {
      for (const placed of scenarios()) test(placed.scenario.name, () => agree(placed));
    });
  }
});

async function agree({ namespace, scenario }: Placed): Promise<void> {
  const { cluster } = lab();
  result.scenarios++;
  const simulated = await Promise.all(seeds.map((seed) => play(scenario, namespace, simulatedSubject(scenario, seed))));
  let real: Trace;
  try {
    real = await play(scenario, namespace, realSubject(cluster));
  } finally {
    await clean(cluster, namespace);
  }
  for (const [index, trace] of simulated.entries())
    assert.deepEqual(differences(scenario, trace, real), [], `the simulation with seed ${seeds[index]} tells another story`);
  result.agreements++;
}
