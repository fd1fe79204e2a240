/** Asked by the command line: what the operator found, what may not be read, and a trial on request. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster, type SimulatedCluster, type SimulationOptions } from '../cluster/simulated/index.ts';
import { clusterOperatorCrd } from '../resource/crd.ts';
import { findingsName, writeFinding } from './finding.ts';
import { type ImageVolumesOptions, imageVolumesOf } from './image-volumes-of.ts';
import { factsOf } from './node.ts';
import { poolsOf } from './pools.ts';
import { node } from './testing/nodes.ts';

const one = node('one');

describe('Whether image volumes may be counted on', () => {
  test('is what the operator found, in the namespace of its release', async () => {
    for (const namespace of ['bookend-system', 'platform']) {
      const simulated = await prepared();
      const crd = clusterOperatorCrd();
      const annotations = { ...crd.metadata.annotations, 'meta.helm.sh/release-namespace': namespace };
      await simulated.cluster.create({ ...crd, metadata: { ...crd.metadata, annotations } });
      await found(simulated, namespace);
      assert.deepEqual(await ask(simulated), { known: true });
    }
    const simulated = await prepared();
    await found(simulated, 'bookend-system');
    assert.deepEqual(await ask(simulated), { known: true }, 'without a definition');
    const words = /ConfigMap other\/bookend-image-volumes, and there is none$/;
    assert.match(await reason(simulated, { operatorNamespace: 'other' }), words);
  });

  test('is not known without an operator, and nothing is made', async () => {
    const simulated = await prepared();
    simulated.clearRequests();
    const words = /not been tried yet on nodes like one .*; an operator writes what it found into ConfigMap bookend-system/;
    assert.match(await reason(simulated), words);
    const writes = simulated.requests.filter(({ write }) => write !== undefined);
    assert.deepEqual(writes, []);
  });

  test('is not known to who may not look, and the reason says at what', async () => {
    const simulated = await prepared();
    await found(simulated, 'bookend-system');
    const nobody = simulated.connect({ name: 'nobody', groups: ['system:authenticated'] });
    const judged = await imageVolumesOf(nobody.cluster, {});
    assert.match(judged.known ? '' : judged.reason, /^the nodes of the cluster may not be looked at: .*nodes/);
  });

  test('is tried on request, with a Pod for each pool that is not known to work, and the Pods are gone', async () => {
    const simulated = await prepared();
    await simulated.cluster.create(node('two', { runtime: 'cri-o://1.33.0' }));
    await found(simulated, 'bookend-system');
    const asked: string[] = [];
    const { cluster, clock } = simulated;
    const onProbe = ({ description }: { description: string }) => void asked.push(description);
    const probe = { clock, namespace: 'default', seedImage: 'seed', onProbe };
    let judged: unknown;
    void imageVolumesOf(cluster, {}, { probe }).then((answer) => {
      judged = answer;
    });
    await simulated.until(() => judged !== undefined);
    assert.deepEqual(judged, { known: true });
    assert.deepEqual(asked, ['cri-o 1.33.0, kubelet v1.37.2, linux/amd64, Some Linux']);
    await simulated.settle(5_000);
    assert.deepEqual((await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'default' })).items, []);
  });

  test('is not tried where the versions say no', async () => {
    for (const [options, runtime] of [
      [{ version: 'v1.34.0' }, 'containerd://2.2.0'],
      [{}, 'containerd://1.7.0'],
    ] as const) {
      const simulated = await prepared(options);
      await simulated.cluster.create(node('old', { runtime }));
      const onProbe = () => assert.fail('it was tried');
      const probe = { clock: simulated.clock, namespace: 'default', seedImage: 'seed', onProbe };
      const words = /image volumes are there from|directories of images can be mounted from/;
      assert.match(await reason(simulated, { probe }, { nodeName: 'old' }), words);
    }
  });
});

async function prepared(options: SimulationOptions = {}): Promise<SimulatedCluster> {
  const simulated = makeSimulatedCluster({ nodes: [], ...options });
  await simulated.cluster.create(one);
  await simulated.settle(1_000);
  return simulated;
}

/** What an operator there would have written about the first node. */
async function found({ cluster }: SimulatedCluster, namespace: string): Promise<void> {
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const finding = ({ description }: { description: string }) =>
    writeFinding({ pool: description, outcome: 'works', message: '', at: 0, tries: 0 });
  const data = Object.fromEntries(poolsOf([factsOf(one)]).map((pool) => [pool.key, finding(pool)]));
  await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: findingsName, namespace }, data });
}

function ask({ cluster }: SimulatedCluster, options?: ImageVolumesOptions, spec = {}) {
  return imageVolumesOf(cluster, spec, options);
}

async function reason(simulated: SimulatedCluster, options?: ImageVolumesOptions, spec?: object): Promise<string> {
  const judged = await ask(simulated, options, spec);
  return judged.known ? 'known' : judged.reason;
}
