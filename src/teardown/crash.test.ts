/**
 * Whole teardowns with a crash, a lost answer or a refusal at every single write, on slow, shuffled and lossy watches: the end is always the same, nothing
 * goes before what needs it is gone, no preStop hook loses its rights.
 */
import { after, describe, test } from 'node:test';
import { everyCrashPoint } from './testing/crash-points.ts';
import { scenarios } from './testing/scenarios.ts';
import { runTeardown, type World } from './testing/teardown-run.ts';

const seed = Number(process.env.SEED ?? 1);

/** The worlds differ in how late and how badly watches tell what happened. */
const worlds: Record<string, World> = {
  'quick watches': { seed },
  'watches up to a second late, timers shuffled': { seed: seed + 1, shuffleTimers: true, watch: { watchDelayMs: [1, 1_000] } },
  'every fifth event lost until the next list': {
    seed: seed + 2,
    shuffleTimers: true,
    watch: { watchDelayMs: [1, 100], dropEvents: (_, n) => n % 5 === 0, relistEveryMs: 2_000 },
  },
};

let points = 0;
const begun = performance.now();
after(() => {
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${points} crash points tried in ${seconds} s (SEED=${seed})`);
});

for (const [name, world] of Object.entries(worlds)) {
  describe(`with ${name}`, () => {
    for (const scenario of scenarios) {
      test(scenario.name, async () => {
        const result = await everyCrashPoint(scenario, (each, point) => runTeardown(each, world, point));
        points += result.points;
      });
    }
  });
}
