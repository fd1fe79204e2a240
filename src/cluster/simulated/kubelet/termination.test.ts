import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Stored } from '../api/store.ts';
import { createAll, homeCluster, pod, ref } from '../testing/samples.ts';
import { afterSigterm, gracePeriodOf } from './termination.ts';

const asked = Date.parse('2030-01-01T00:00:00Z');
/** A Pod with 30 s of grace that was deleted at `asked`: its deletionTimestamp includes the grace period. */
const deleted = {
  metadata: { deletionTimestamp: '2030-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 },
} as unknown as Stored;

test('A kubelet that takes notice at once gives the whole grace period', () => {
  assert.deepEqual(gracePeriodOf(deleted, asked + 500), { began: asked + 500, deadline: asked + 30_500 });
});

test('A kubelet that comes late counts from the DELETE', () => {
  assert.deepEqual(gracePeriodOf(deleted, asked + 10_000), { began: asked, deadline: asked + 30_000 });
});

test('Containers that need less than what is left end by themselves', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(deleted, asked), 1_000, asked), { ms: 1_000, killed: false });
});

test('Containers that need more are killed when the grace period is over', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(deleted, asked), 60_000, asked + 10_000), { ms: 20_000, killed: true });
});

test('After a preStop hook that used up everything there are still 2 s', () => {
  assert.deepEqual(afterSigterm(gracePeriodOf(deleted, asked), 60_000, asked + 30_000), { ms: 2_000, killed: true });
});

describe('a Pod with native sidecars', () => {
  test('ends its main containers first, then the sidecars backwards, all within one grace period', async () => {
    const simulated = await homeCluster();
    const sidecar = (name: string) => ({ name, image: 'x', restartPolicy: 'Always' });
    const stop = 'simulated.bookend.dev/stop-ms';
    await createAll(
      simulated,
      pod('web', {
        annotations: { [`${stop}.app`]: '4000', [`${stop}.first`]: '1000', [`${stop}.second`]: '600000' },
        spec: { initContainers: [sidecar('first'), sidecar('second')], terminationGracePeriodSeconds: 10 },
      }),
    );
    await simulated.settle();
    const began = simulated.clock.now();
    await simulated.cluster.delete(ref('v1', 'Pod', 'web'));
    await simulated.untilQuiet();
    const ends = simulated.log
      .filter(({ what }) => what === 'container-stopped')
      .map(({ at, message }) => [message, Math.round((at - began) / 1000)]);
    assert.deepEqual(ends, [
      ['app', 4],
      ['second', 10],
      ['first', 11],
    ]);
  });
});
