import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../index.ts';
import { createAll, pod, ref, withHome } from '../testing/samples.ts';

describe('a Pod with native sidecars', () => {
  test('ends its main containers first, then the sidecars backwards, all within one grace period', async () => {
    const simulated = makeSimulatedCluster();
    await withHome(simulated);
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
