/**
 * What the operator answers when it is asked about image volumes: at once to the webhook, after a first trial to a
 * ClusterOperator.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulationOptions } from '../cluster/simulated/index.ts';
import { findingsName } from '../image-volumes/finding.ts';
import { probeLabel } from '../image-volumes/probe-pod.ts';
import { node } from '../image-volumes/testing/nodes.ts';
import { fieldAt } from '../objects/fields.ts';
import { settingsFor } from './admission-settings.ts';
import { imageVolumeTrials } from './image-volumes.ts';
import { silentLog } from './log.ts';
import { makeMeters } from './metrics.ts';
import { sharesWithoutTrials, sharesWithTrials } from './share-settings.ts';

const namespace = 'bookend-system';
const probes = { namespace: 'bookend-system-probes', pullSecrets: ['registry'] };
const seedImage = 'registry.example/seed:1';

async function operator(options: SimulationOptions = {}) {
  const simulated = makeSimulatedCluster({ nodes: [], ...options });
  const { cluster, clock } = simulated;
  for (const name of [namespace, probes.namespace])
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await cluster.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: probes.namespace, name: 'bookend-probe' },
  });
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: findingsName, namespace } });
  await cluster.create(node('one'));
  await simulated.settle(1_000);
  const meters = makeMeters();
  const trials = imageVolumeTrials({ cluster, clock, log: silentLog, meters, namespace, probes, seedImage });
  const shares = sharesWithTrials(seedImage, clock, trials.knowledge, trials.prober);
  const waited = async (stop = new AbortController().signal) => {
    const began = clock.now();
    let answer: unknown;
    void shares
      .firstTried(stop)({})
      .then((known) => {
        answer = known;
      });
    await simulated.until(() => answer !== undefined, 120_000);
    return { answer, ms: clock.now() - began };
  };
  return { simulated, trials, shares, meters, waited };
}

describe('A ClusterOperator that is installed just after the operator', () => {
  test('waits for the first trial, and gets what it found', async () => {
    const { trials, shares, waited } = await operator();
    trials.prober.start();
    assert.equal(settingsFor(shares.admissionData(), {}).imageVolumes.known, false, 'a Pod is not kept waiting');
    const { answer, ms } = await waited();
    assert.deepEqual(answer, { known: true });
    assert.ok(ms > 500 && ms < 10_000, `${ms} ms`);
    assert.ok((await waited()).ms < 500, 'and never again');
    assert.deepEqual(settingsFor(shares.admissionData(), {}), { seedImage, imageVolumes: { known: true } });
  });

  test('waits no longer than half a minute for a trial that takes its time', async () => {
    const { trials, waited } = await operator({ times: { startMs: 3_600_000 } });
    trials.prober.start();
    const { answer, ms } = await waited();
    assert.equal(fieldAt(answer, 'known'), false);
    assert.ok(ms >= 30_000 && ms < 31_000, `${ms} ms`);
  });

  test('does not wait where nobody tries, nor when it is to end', async () => {
    const { trials, waited } = await operator({ times: { startMs: 3_600_000 } });
    assert.ok((await waited()).ms < 500);
    trials.prober.start();
    assert.ok((await waited(AbortSignal.abort())).ms < 500);
    assert.equal(settingsFor(sharesWithoutTrials(seedImage, 'not wanted').admissionData(), {}).imageVolumes.known, false);
  });
});

describe('A probe of the operator', () => {
  test("is pulled with the operator's own Secrets, goes with its Pod, and is counted", async () => {
    const { simulated, trials, meters } = await operator({ times: { runMs: 60_000 } });
    trials.prober.start();
    await simulated.settle(5_000);
    const { items } = await simulated.cluster.list({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: probes.namespace,
      labelSelector: probeLabel,
    });
    const [pod] = items;
    assert.deepEqual(fieldAt(pod, 'spec', 'imagePullSecrets'), [{ name: 'registry' }]);
    assert.equal(fieldAt(pod, 'spec', 'serviceAccountName'), 'bookend-probe');
    assert.match(
      await meters.registry.metrics(),
      /bookend_image_volume_nodes\{pool="containerd 2\.2\.0, [^"]*",outcome="untried"\} 1/,
    );
    await simulated.settle(120_000);
    const told = await meters.registry.metrics();
    assert.match(told, /bookend_image_volume_nodes\{pool="containerd 2\.2\.0, [^"]*",outcome="works"\} 1/);
    assert.match(told, /bookend_image_volume_probes_total\{outcome="works"\} 1/);
  });
});
