import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import { createAll, home, homeCluster, inHome, job, ref } from '../testing/samples.ts';
import { nextTime } from './schedule.ts';

const at = (text: string) => Date.parse(text);
const next = (schedule: string, now: string) => {
  const time = nextTime(schedule, at(now));
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
};

describe("a CronJob's schedule", () => {
  test('has its next time after now', () => {
    assert.equal(next('*/5 * * * *', '2026-11-22T10:07:30Z'), '2026-11-22T10:10');
    assert.equal(next('0 3 * * *', '2026-11-22T10:07:30Z'), '2026-11-23T03:00');
    assert.equal(next('30 4 1,15 * 5', '2026-11-22T00:00:00Z'), '2026-11-27T04:30');
    assert.equal(next('0 0 * jan mon-wed', '2026-11-22T00:00:00Z'), '2027-01-04T00:00');
    assert.equal(next('@hourly', '2026-12-31T23:30:00Z'), '2027-01-01T00:00');
    assert.equal(next('0 0 30 2 *', '2026-11-22T00:00:00Z'), undefined);
    assert.equal(next('nonsense', '2026-11-22T00:00:00Z'), undefined);
  });
});

const cronJob = (more: Record<string, unknown> = {}): KubernetesObject =>
  inHome('batch/v1', 'CronJob', 'tick', {
    spec: { schedule: '* * * * *', jobTemplate: { spec: job('unused').spec as Record<string, unknown> }, ...more },
  });

async function cluster(object: KubernetesObject) {
  const simulated = await homeCluster();
  await createAll(simulated, object);
  const jobs = async () => (await simulated.cluster.list({ apiVersion: 'batch/v1', kind: 'Job', namespace: home })).items;
  return { ...simulated, jobs };
}

describe('a CronJob', () => {
  test('makes a Job at each time and keeps as many as its history says', async () => {
    const { settle, jobs } = await cluster(cronJob({ successfulJobsHistoryLimit: 2 }));
    await settle(70_000);
    const [first] = await jobs();
    assert.equal(first?.metadata.ownerReferences?.[0]?.kind, 'CronJob');
    await settle(300_000);
    assert.equal((await jobs()).length, 2);
  });

  test('makes none while it is suspended or terminating, and its Jobs go with it', async () => {
    const { settle, jobs, port } = await cluster(cronJob());
    await settle(70_000);
    await port.patch(ref('batch/v1', 'CronJob', 'tick'), { type: 'merge', value: { spec: { suspend: true } } });
    await settle(300_000);
    assert.equal((await jobs()).length, 1);
    await port.patch(ref('batch/v1', 'CronJob', 'tick'), { type: 'merge', value: { spec: { suspend: false } } });
    await port.delete(ref('batch/v1', 'CronJob', 'tick'));
    await settle(120_000);
    assert.equal((await jobs()).length, 0);
  });
});
