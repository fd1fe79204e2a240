import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import { makeSimulatedCluster, makesChildren, servesFinalizer } from '../index.ts';
import { mapsOf } from '../json.ts';
import { access, createAll, home, podNames, ref, story, widget, widgets, withHome, workload } from '../testing/samples.ts';

const operator = { namespace: home, name: 'operator' };
const apiVersion = 'example.com/v1';
const finalizer = 'example.com/cleanup';
const crud = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
const rights = access('operator', [crud, ['widgets'], ['example.com']], [crud, ['daemonsets'], ['apps']]);
const rbac = 'rbac.authorization.k8s.io/v1';

async function cluster() {
  const simulated = makeSimulatedCluster();
  await withHome(simulated);
  await createAll(simulated, widgets(), ...rights, workload('Deployment', 'operator', { account: 'operator' }));
  await simulated.settle();
  return simulated;
}

describe('an operator that serves a finalizer', () => {
  test('removes it after its clean-up, from terminating resources only', async () => {
    const simulated = await cluster();
    const { cluster: port, settle, environment } = simulated;
    servesFinalizer(environment, { apiVersion, kind: 'Widget', finalizer, workload: operator, takesMs: 3_000 });
    await port.create(widget('w', { finalizers: [finalizer] }));
    await settle(10_000);
    assert.equal(await port.delete(ref(apiVersion, 'Widget', 'w')), 'terminating');
    await settle(2_900);
    assert.ok(await port.get(ref(apiVersion, 'Widget', 'w')));
    await settle(200);
    assert.equal(await port.get(ref(apiVersion, 'Widget', 'w')), undefined);
  });

  test('does nothing while no Pod of it runs, and goes on when one does again', async () => {
    const simulated = await cluster();
    const { cluster: port, settle, environment } = simulated;
    servesFinalizer(environment, { apiVersion, kind: 'Widget', finalizer, workload: operator });
    await port.create(widget('w', { finalizers: [finalizer] }));
    await port.delete(ref('apps/v1', 'Deployment', 'operator'));
    await settle(60_000);
    await port.delete(ref(apiVersion, 'Widget', 'w'));
    await settle(60_000);
    assert.ok(await port.get(ref(apiVersion, 'Widget', 'w')));
    await port.create(workload('Deployment', 'operator', { account: 'operator' }));
    await settle(10_000);
    assert.equal(await port.get(ref(apiVersion, 'Widget', 'w')), undefined);
  });

  test('does nothing without the right to, and goes on when it is given back', async () => {
    const simulated = await cluster();
    const { cluster: port, settle, environment } = simulated;
    servesFinalizer(environment, {
      apiVersion,
      kind: 'Widget',
      finalizer,
      workload: operator,
      needs: ['delete daemonsets.apps home'],
    });
    await port.create(widget('w', { finalizers: [finalizer] }));
    await port.delete({ apiVersion: rbac, kind: 'ClusterRoleBinding', name: 'operator' });
    await port.delete(ref(apiVersion, 'Widget', 'w'));
    await settle(60_000);
    assert.ok(await port.get(ref(apiVersion, 'Widget', 'w')));
    await createAll(simulated, ...rights.slice(2));
    await settle(10_000);
    assert.equal(await port.get(ref(apiVersion, 'Widget', 'w')), undefined);
  });
});

describe('an operator that makes children', () => {
  const agent = (): KubernetesObject[] => [workload('DaemonSet', 'agent', { account: 'operator' })];

  test('owns them, makes them anew while their owner lives, and cleans them up in its finalizer', async () => {
    const simulated = await cluster();
    const { cluster: port, settle, environment } = simulated;
    makesChildren(environment, { apiVersion, kind: 'Widget', workload: operator, children: agent, finalizer });
    servesFinalizer(environment, { apiVersion, kind: 'Widget', finalizer, workload: operator, deletesChildren: true });
    await port.create(widget('w'));
    await settle();
    const daemonSet = ref('apps/v1', 'DaemonSet', 'agent');
    const first = await port.get(daemonSet);
    assert.equal(first?.metadata.ownerReferences?.[0]?.kind, 'Widget');
    assert.equal(mapsOf(first?.metadata.managedFields)[0]?.manager, 'operator');
    assert.deepEqual((await port.get(ref(apiVersion, 'Widget', 'w')))?.metadata.finalizers, [finalizer]);
    await port.delete(daemonSet);
    await settle();
    assert.notEqual((await port.get(daemonSet))?.metadata.uid, first?.metadata.uid);
    await settle(60_000);
    await port.delete(ref(apiVersion, 'Widget', 'w'));
    await settle(60_000);
    assert.equal(await port.get(ref(apiVersion, 'Widget', 'w')), undefined);
    const gone = story(simulated, 'gone').filter((line) => /Widget|DaemonSet|Pod\/home\/agent/.test(line));
    assert.deepEqual(
      gone.slice(-3).map((line) => line.replace(/agent-\w+/, 'agent-x')),
      ['gone Pod/home/agent-x', 'gone DaemonSet.apps/home/agent', 'gone Widget.example.com/home/w'],
    );
  });

  test('makes nothing while it is down or may not', async () => {
    const simulated = await cluster();
    const { cluster: port, settle, environment } = simulated;
    makesChildren(environment, { apiVersion, kind: 'Widget', workload: operator, children: agent });
    await port.delete({ apiVersion: rbac, kind: 'ClusterRole', name: 'operator' });
    await port.create(widget('w'));
    await settle(30_000);
    assert.equal(await port.get(ref('apps/v1', 'DaemonSet', 'agent')), undefined);
    await createAll(simulated, ...rights.slice(1, 2));
    await settle(5_000);
    assert.ok(await port.get(ref('apps/v1', 'DaemonSet', 'agent')));
    assert.equal((await podNames(simulated)).length, 2);
  });
});
