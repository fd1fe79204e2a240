/**
 * All scenarios at all crash points in one world. Each world is a test file of its own, so that they run side by side.
 */
import { after, describe, test } from 'node:test';
import { type CrashPoint, crashAfterEachWrite, everyCrashPoint } from './crash-points.ts';
import { scenarios } from './scenarios.ts';
import { runTeardown, type Scenario, type World } from './teardown-run.ts';

/** Reproduces a run. */
export const seed = Number(process.env.SEED ?? 1);

/** Declares the tests; prints how many crash points were tried. */
export function describeCrashes(name: string, world: World): void {
  describe(`with a crash or refusal at every write, and ${name}`, () => {
    let points = 0;
    after(() => console.log(`${points} crash points tried with ${name} (SEED=${seed})`));
    for (const scenario of scenarios) {
      test(scenario.name, async () => {
        const run = (each: Scenario, point?: CrashPoint) => runTeardown(each, world, point);
        const result = await everyCrashPoint(scenario, run);
        await crashAfterEachWrite(scenario, result.undisturbed, run);
        points += result.points + 1;
      });
    }
  });
}
