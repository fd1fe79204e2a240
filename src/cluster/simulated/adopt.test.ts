import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { makeSimulatedCluster } from './index.ts';
import {
  configMap,
  createAll,
  global,
  home,
  homeCluster,
  inHome,
  podNames,
  ref,
  story,
  widget,
  widgets,
  workload,
} from './testing/samples.ts';

/** Everything that one cluster holds, as a list of a real one would show it. */
async function everything(): Promise<KubernetesObject[]> {
  const { simulated, port, settle } = await homeCluster({ seed: 99 }, widgets());
  await createAll(
    simulated,
    workload('Deployment', 'web', { more: { replicas: 2 } }),
    workload('DaemonSet', 'agent'),
    workload('StatefulSet', 'db'),
    widget('w', { finalizers: ['example.com/hold'] }),
  );
  await settle(10_000);
  const { kinds } = await port.kinds();
  const lists = await Promise.all(kinds.map(({ apiVersion, kind }) => port.list({ apiVersion, kind })));
  return lists.flatMap(({ items }) => items);
}

describe('a cluster that adopts what another one holds', () => {
  test('changes nothing of it: same UIDs, no rollout, nothing noted', async () => {
    const objects = await everything();
    const { adopt, runToQuiet, cluster: port, log, ...rest } = makeSimulatedCluster({ nodes: [] });
    adopt(objects);
    assert.equal(log.length, 0);
    assert.ok(runToQuiet());
    assert.deepEqual(story({ log, cluster: port, ...rest, adopt, runToQuiet } as ReturnType<typeof makeSimulatedCluster>), []);
    const wanted = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'web');
    assert.equal((await port.get(ref('apps/v1', 'Deployment', 'web')))?.metadata.uid, wanted?.metadata.uid);
  });

  test('goes on with it: owners by UID, finalizers, terminating objects', async () => {
    const objects = await everything();
    const simulated = makeSimulatedCluster({ nodes: [] });
    simulated.adopt(objects);
    simulated.runToQuiet();
    const { cluster: port, untilQuiet } = simulated;
    assert.equal((await podNames(simulated)).length, 4);
    await port.delete(ref('apps/v1', 'Deployment', 'web'));
    await port.delete(ref('example.com/v1', 'Widget', 'w'));
    assert.ok(await untilQuiet());
    assert.equal((await podNames(simulated)).length, 2);
    assert.ok((await port.get(ref('example.com/v1', 'Widget', 'w')))?.metadata.deletionTimestamp);
  });

  test('does not mind the revisions of workloads being left out', async () => {
    const objects = (await everything()).filter(({ kind }) => kind !== 'ControllerRevision');
    const simulated = makeSimulatedCluster({ nodes: [] });
    simulated.adopt(objects);
    simulated.runToQuiet();
    const others = story(simulated).filter((line) => !line.includes('ControllerRevision'));
    assert.deepEqual(others, []);
  });

  test('fills in what manifests leave out, in any order, with kinds that nothing defines', async () => {
    const simulated = makeSimulatedCluster();
    const [stored] = simulated.adopt([
      inHome('v1', 'PersistentVolumeClaim', 'data', { spec: {} }),
      global('v1', 'Namespace', home),
      inHome('elsewhere.example.com/v1', 'Policy', 'p'),
    ]);
    assert.deepEqual(stored?.metadata.finalizers, ['kubernetes.io/pvc-protection']);
    assert.ok(stored?.metadata.uid);
    assert.equal((await simulated.cluster.list({ apiVersion: 'elsewhere.example.com/v1', kind: 'Policy' })).items.length, 1);
  });
});

describe('a cluster in which nothing moves', () => {
  test('is found out at once, although its controllers go on looking for ever', async () => {
    const { simulated, port, untilQuiet, clock } = await homeCluster();
    await createAll(simulated, configMap('held', { finalizers: ['example.com/hold'] }));
    const begun = clock.now();
    await port.delete({ apiVersion: 'v1', kind: 'Namespace', name: home });
    assert.ok(await untilQuiet());
    assert.ok(clock.now() - begun < 60_000);
    assert.ok(await port.get({ apiVersion: 'v1', kind: 'Namespace', name: home }));
    await port.patch(ref('v1', 'ConfigMap', 'held'), { type: 'merge', value: { metadata: { finalizers: null } } });
    assert.equal(simulated.isQuiet, false);
    assert.ok(await untilQuiet());
    assert.equal(await port.get({ apiVersion: 'v1', kind: 'Namespace', name: home }), undefined);
  });

  test('is not concluded while a Pod stops', async () => {
    const { simulated, port, untilQuiet } = await homeCluster();
    await createAll(
      simulated,
      workload('DaemonSet', 'agent', {
        annotations: { 'simulated.bookend.dev/stop-ms': '3000000' },
        spec: { terminationGracePeriodSeconds: 3_600 },
      }),
    );
    assert.ok(await untilQuiet());
    await port.delete(ref('apps/v1', 'DaemonSet', 'agent'));
    assert.ok(await untilQuiet());
    assert.deepEqual(await podNames(simulated), []);
  });

  test('comes to that within the time given, or says that it does not', async () => {
    const { port, untilQuiet } = await homeCluster();
    await port.create(workload('Deployment', 'web'));
    assert.equal(await untilQuiet(50), false);
    assert.equal(await untilQuiet(), true);
  });
});
