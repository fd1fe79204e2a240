import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import { makesChildren, servesFinalizer } from '../index.ts';
import { mapsOf } from '../json.ts';
import { access, createAll, home, homeCluster, podNames, ref, story, widget, widgets, workload } from '../testing/samples.ts';

const operator = { namespace: home, name: 'operator' };
const apiVersion = 'example.com/v1';
const finalizer = 'example.com/cleanup';
const served = { apiVersion, kind: 'Widget', finalizer, workload: operator };
const crud = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
const rights = access('operator', [crud, ['widgets'], ['example.com']], [crud, ['daemonsets'], ['apps']]);
const rbac = 'rbac.authorization.k8s.io/v1';

const w = ref(apiVersion, 'Widget', 'w');
const cluster = () => homeCluster({}, widgets(), ...rights, workload('Deployment', 'operator', { account: 'operator' }));

describe('an operator that serves a finalizer', () => {
  test('removes it after its clean-up, from terminating resources only', async () => {
    const { port, settle, environment } = await cluster();
    servesFinalizer(environment, { ...served, takesMs: 3_000 });
    await port.create(widget('w', { finalizers: [finalizer] }));
    await settle(10_000);
    assert.equal(await port.delete(w), 'terminating');
    await settle(2_900);
    assert.ok(await port.get(w));
    await settle(200);
    assert.equal(await port.get(w), undefined);
  });

  test('does nothing while no Pod of it runs, and goes on when one does again', async () => {
    const { port, settle, environment } = await cluster();
    servesFinalizer(environment, served);
    await port.create(widget('w', { finalizers: [finalizer] }));
    await port.delete(ref('apps/v1', 'Deployment', 'operator'));
    await settle(60_000);
    await port.delete(w);
    await settle(60_000);
    assert.ok(await port.get(w));
    await port.create(workload('Deployment', 'operator', { account: 'operator' }));
    await settle(10_000);
    assert.equal(await port.get(w), undefined);
  });

  test('does nothing without the right to, and goes on when it is given back', async () => {
    const { simulated, port, settle, environment } = await cluster();
    servesFinalizer(environment, { ...served, needs: ['delete daemonsets.apps home'] });
    await port.create(widget('w', { finalizers: [finalizer] }));
    await port.delete({ apiVersion: rbac, kind: 'ClusterRoleBinding', name: 'operator' });
    await port.delete(w);
    await settle(60_000);
    assert.ok(await port.get(w));
    await createAll(simulated, ...rights.slice(2));
    await settle(10_000);
    assert.equal(await port.get(w), undefined);
  });
});

describe('an operator that makes children', () => {
  const agent = (): KubernetesObject[] => [workload('DaemonSet', 'agent', { account: 'operator' })];

  test('owns them, makes them anew while their owner lives, and cleans them up in its finalizer', async () => {
    const { simulated, port, settle, environment } = await cluster();
    makesChildren(environment, { apiVersion, kind: 'Widget', workload: operator, children: agent, finalizer });
    servesFinalizer(environment, { ...served, deletesChildren: true });
    await port.create(widget('w'));
    await settle();
    const daemonSet = ref('apps/v1', 'DaemonSet', 'agent');
    const first = await port.get(daemonSet);
    assert.equal(first?.metadata.ownerReferences?.[0]?.kind, 'Widget');
    assert.equal(mapsOf(first?.metadata.managedFields)[0]?.manager, 'operator');
    assert.deepEqual((await port.get(w))?.metadata.finalizers, [finalizer]);
    await port.delete(daemonSet);
    await settle();
    assert.notEqual((await port.get(daemonSet))?.metadata.uid, first?.metadata.uid);
    await settle(60_000);
    await port.delete(w);
    await settle(60_000);
    assert.equal(await port.get(w), undefined);
    const gone = story(simulated, 'gone').filter((line) => /Widget|DaemonSet|Pod\/home\/agent/.test(line));
    const last = gone.slice(-3).map((line) => line.replace(/agent-\w+/, 'agent-x'));
    assert.deepEqual(last, ['gone Pod/home/agent-x', 'gone DaemonSet.apps/home/agent', 'gone Widget.example.com/home/w']);
  });

  test('makes nothing while it is down or may not', async () => {
    const { simulated, port, settle, environment } = await cluster();
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
