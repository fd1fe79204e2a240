import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster } from '../cluster/simulated/index.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { type BlockerReason, blockedBy } from '../teardown/blocker.ts';
import { configMap } from '../teardown/testing/samples.ts';
import { StatusWriter } from './status-writer.ts';
import { clusterOperator, prepareCluster, resourceOf } from './testing/operator-run.ts';

let simulated: SimulatedCluster;
let writer: StatusWriter;
const resource = clusterOperator('one', [{ name: 'all', objects: [configMap('a')] }]);
const writes = () => simulated.requests.filter(({ subresource }) => subresource === 'status').length;
const stored = () => resourceOf(simulated, { resource })?.status;

beforeEach(async () => {
  simulated = makeSimulatedCluster();
  await prepareCluster(simulated, []);
  const live = (await simulated.cluster.create(resource)) as ClusterOperator;
  writer = new StatusWriter(simulated.cluster, simulated.clock, live.metadata.name, (error) => assert.fail(String(error)));
  writer.adopt(live);
  simulated.clearRequests();
});

describe('the status is written', () => {
  test('at once and awaited when it must be on record', async () => {
    await writer.record({ phase: 'TearingDown' });
    assert.equal(stored()?.phase, 'TearingDown');
  });

  test('about once a second while there is progress, and once more for the last of it', async () => {
    for (let index = 0; index < 50; index++) {
      writer.note({ progress: `${index}/50` });
      await simulated.settle(100);
    }
    await simulated.settle(2_000);
    assert.ok(writes() <= 8, `${writes()} writes`);
    assert.equal(stored()?.progress, '49/50');
  });

  test('at growing distances while it goes on, but a new phase soon', async () => {
    await writer.record({ phase: 'TearingDown' });
    const before = writes();
    for (let second = 0; second < 120; second++) {
      writer.note({ progress: `${second}/120` });
      await simulated.settle(1_000);
    }
    assert.ok(writes() - before <= 25, `${writes() - before} writes in two minutes`);
    writer.note({ phase: 'Blocked' });
    await simulated.settle(1_100);
    assert.equal(stored()?.phase, 'Blocked');
  });

  test('the less often the larger it is, since the API server stores all of it each time', async () => {
    await writer.record({ phase: 'TearingDown', inventory: [{ apiVersion: 'v1', kind: 'X', name: 'x'.repeat(140_000) }] });
    const before = writes();
    for (let tenth = 0; tenth < 100; tenth++) {
      writer.note({ progress: `${tenth}/100` });
      await simulated.settle(100);
    }
    assert.ok(writes() - before <= 3, `${writes() - before} writes in ten seconds`);
    writer.note({ phase: 'Blocked' });
    await simulated.settle(1_100);
    assert.equal(stored()?.phase, 'Blocked', 'a new phase does not wait');
  });

  test('carries null for what it has no more, and nothing of a teardown that did not change', async () => {
    const teardown = { startedAt: '2026-11-22T00:00:00Z', objects: [] };
    await writer.record({ teardown: { ...teardown, order: [{ object: 'ConfigMap/n/a', apiVersion: 'v1' }] } });
    await writer.record({ teardown: { ...teardown, steps: ['0'] } });
    assert.deepEqual(stored()?.teardown, { ...teardown, steps: ['0'] });
  });

  test('rarely when only time passes in the words', async () => {
    const hookRuns = (seconds: number) => {
      const text = `Pod a/b: preStop of container c has run ${seconds}s of 5m0s`;
      writer.note({ blocker: text, wait: blockedBy('PreStopHookRunning', 'Pod/a/b' as ObjectId, text) });
    };
    hookRuns(1);
    await simulated.settle(2_000);
    const before = writes();
    for (let index = 2; index < 20; index++) {
      hookRuns(index);
      await simulated.settle(1_000);
    }
    assert.equal(writes(), before);
    await simulated.settle(30_000);
    assert.equal(writes(), before + 1);
  });

  test('soon when something happens while only words were due', async () => {
    const wait = (text: string) => writer.note({ blocker: text, wait: blockedBy('PodCleanup', 'Pod/a/b' as ObjectId, text) });
    wait('has run 1s of 9s');
    await simulated.settle(2_000);
    wait('has run 2s of 9s');
    writer.note({ blocker: '', progress: '1/1' });
    await simulated.settle(1_100);
    assert.equal(stored()?.progress, '1/1');
  });

  test('soon when something else is waited for, whatever the words', async () => {
    const wait = (reason: BlockerReason) =>
      writer.note({ blocker: `${reason} for 3s`, wait: blockedBy(reason, 'Pod/a/b' as ObjectId, `${reason} for 3s`) });
    wait('PreStopHookRunning');
    await simulated.settle(2_000);
    wait('GracePeriodExceeded');
    await simulated.settle(1_100);
    assert.equal(stored()?.blocker, 'GracePeriodExceeded for 3s');
  });

  test('not at all when nothing changed', async () => {
    await writer.record({ phase: 'Ready' });
    const before = writes();
    writer.note({ phase: 'Ready' });
    await writer.record({ phase: 'Ready' });
    await simulated.settle(60_000);
    assert.equal(writes(), before);
  });

  test('again when a write failed', async () => {
    let failures = 0;
    const forgiving = new StatusWriter(simulated.cluster, simulated.clock, resource.metadata.name, () => failures++);
    simulated.intercept.beforeWrite = () => {
      if (failures === 0) throw new Error('no connection');
    };
    forgiving.note({ phase: 'Ready' });
    await simulated.settle(5_000);
    assert.equal(failures, 1);
    assert.equal(stored()?.phase, 'Ready');
  });
});
