import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { defaultPolicy } from './policy.ts';
import { findingsOf, type RoundEnd, type RunOptions, runTeardown } from './run.ts';
import { survey } from './survey.ts';
import { planOfSurvey } from './survey-plan.ts';
import { configMap, namespace } from './testing/samples.ts';

type End = { how: string };
type Handlers = Partial<RunOptions<End>>;

const objects = [configMap('one'), configMap('two')];

/** Runs a teardown of the two ConfigMaps; gives its end, and the DELETE requests that were sent. */
async function run(handlers: (simulated: SimulatedCluster) => Handlers): Promise<{ end: Promise<End>; deletes(): string[] }> {
  const simulated = makeSimulatedCluster();
  await simulated.cluster.create(namespace());
  for (const object of objects) await simulated.cluster.create(object);
  await simulated.settle();
  simulated.clearRequests();
  const { cluster, clock } = simulated;
  const end = runTeardown<End>({
    cluster,
    clock,
    startedAt: clock.now(),
    policy: () => defaultPolicy,
    look: async () => {
      const read = await Promise.all(objects.map((object) => cluster.get(refOf(object))));
      const found = await survey(
        cluster,
        read.filter((object) => object !== undefined),
      );
      return { plan: planOfSurvey(found), found: findingsOf(found) };
    },
    within: (round) => round,
    onDecision: () => undefined,
    whenGone: async () => ({ how: 'gone' }),
    ...handlers(simulated),
  });
  end.catch(() => undefined);
  await simulated.settle(5_000);
  const deletes = () => simulated.requests.filter(({ verb }) => verb === 'delete').map(({ ref }) => ref.name ?? '');
  return { end, deletes };
}

describe('one loop for every teardown', () => {
  test('ends when all of the plan is gone', async () => {
    const { end, deletes } = await run(() => ({}));
    assert.deepEqual(await end, { how: 'gone' });
    assert.deepEqual(deletes().sort(), ['one', 'two']);
  });

  test('looks around once more when the end is not the end', async () => {
    const rounds: number[] = [];
    const { end } = await run(() => ({
      whenGone: async ({ plan }) => (rounds.push(plan.steps.length) < 3 ? undefined : { how: 'gone' }),
    }));
    assert.deepEqual(await end, { how: 'gone' });
    assert.deepEqual(rounds, [2, 0, 0]);
  });

  test('does nothing before the order is on record, and nothing at all if that fails', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = await run((simulated) => ({ look: recording(simulated, () => promise) }));
    assert.deepEqual(waiting.deletes(), []);
    resolve();
    const failing = await run((simulated) => ({ look: recording(simulated, () => Promise.reject(new Error('not recorded'))) }));
    await assert.rejects(failing.end, /not recorded/);
    assert.deepEqual(failing.deletes(), []);
  });

  test('does nothing more once it has ended, although the order is on record a moment later', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopped = await run((simulated) => ({
      look: recording(simulated, () => promise),
      within: async (): Promise<RoundEnd<End>> => ({ how: 'ended', end: { how: 'stopped' } }),
    }));
    resolve();
    assert.deepEqual(await stopped.end, { how: 'stopped' });
    assert.deepEqual(stopped.deletes(), []);
  });

  test('ends with what a decision gives, and sends nothing of that decision', async () => {
    const { end, deletes } = await run(() => ({ onDecision: () => ({ how: 'refused' }) }));
    assert.deepEqual(await end, { how: 'refused' });
    assert.deepEqual(deletes(), []);
  });
});

/** A look around with this `record`. */
function recording({ cluster }: SimulatedCluster, record: () => Promise<void>): RunOptions<End>['look'] {
  return async () => {
    const read: (KubernetesObject | undefined)[] = await Promise.all(objects.map((object) => cluster.get(refOf(object))));
    const found = await survey(
      cluster,
      read.filter((object) => object !== undefined),
    );
    assert.deepEqual(found.objects.map(idOf), objects.map(idOf));
    return { plan: planOfSurvey(found), found: findingsOf(found), record };
  };
}
