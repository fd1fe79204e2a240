import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../../objects/object.ts';
import { configMap, home, homeCluster, object, ref, story, widget, widgets, workload } from '../testing/samples.ts';

const referenceTo = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubernetesObject) => ({ apiVersion, kind, name, uid });

async function cluster(...objects: KubernetesObject[]) {
  const simulated = await homeCluster({}, ...objects);
  const make = (name: string, ...owners: [KubernetesObject, block?: boolean][]) =>
    simulated.cluster.create(
      configMap(name, {
        ownerReferences: owners.map(([owner, block = true]) => ({ ...referenceTo(owner), blockOwnerDeletion: block })),
      }),
    );
  const names = async () =>
    (await simulated.cluster.list({ apiVersion: 'v1', kind: 'ConfigMap', namespace: home })).items.map(
      ({ metadata }) => metadata.name,
    );
  return { ...simulated, make, names };
}

describe('the garbage collector', () => {
  test('deletes a Deployment in the foreground from its Pods upwards', async () => {
    const { simulated, port, settle } = await cluster(workload('Deployment', 'web'));
    await port.delete(ref('apps/v1', 'Deployment', 'web'), { propagation: 'Foreground' });
    await settle(60_000);
    const gone = story(simulated, 'gone').map((line) => line.replace(/-[a-z0-9]+/g, ''));
    assert.deepEqual(gone, ['gone Pod/home/web', 'gone ReplicaSet.apps/home/web', 'gone Deployment.apps/home/web']);
  });

  test('deletes it in the background from its top downwards', async () => {
    const { simulated, port, settle } = await cluster(workload('Deployment', 'web'));
    assert.equal(await port.delete(ref('apps/v1', 'Deployment', 'web')), 'deleted');
    await settle(60_000);
    const gone = story(simulated, 'gone').map((line) => line.replace(/-[a-z0-9]+/g, ''));
    assert.deepEqual(gone, ['gone Deployment.apps/home/web', 'gone ReplicaSet.apps/home/web', 'gone Pod/home/web']);
  });

  test('leaves the Pods of an orphaning delete running, and a new workload of the same selector adopts them', async () => {
    const { port, settle } = await cluster(workload('DaemonSet', 'agent'));
    await port.delete(ref('apps/v1', 'DaemonSet', 'agent'), { propagation: 'Orphan' });
    await settle();
    const query = { apiVersion: 'v1', kind: 'Pod', namespace: home };
    const [orphaned] = (await port.list(query)).items;
    assert.equal(orphaned?.metadata.ownerReferences, undefined);
    await port.create(workload('DaemonSet', 'agent'));
    await settle();
    const [adopted, ...others] = (await port.list(query)).items;
    assert.equal(adopted?.metadata.uid, orphaned?.metadata.uid);
    assert.equal(adopted?.metadata.ownerReferences?.[0]?.kind, 'DaemonSet');
    assert.deepEqual(others, []);
  });

  test('waits only for dependents that block, but deletes all at once', async () => {
    const { port, make, names, settle, log } = await cluster();
    const owner = await make('owner');
    const loose = await make('loose', [owner, false]);
    await make('grandchild', [loose]);
    await settle();
    await port.delete(ref('v1', 'ConfigMap', 'owner'), { propagation: 'Foreground' });
    await settle();
    const left = (await names()).filter((name) => name !== 'kube-root-ca.crt');
    assert.deepEqual(left, []);
    assert.ok(log.some(({ what, ref: { name } }) => what === 'gone' && name === 'owner'));
  });

  test('collects a namespaced object whose owner stands in another namespace, never a cluster-scoped one with a namespaced owner', async () => {
    const { port, settle } = await cluster();
    const owner = await port.create(object('v1', 'ConfigMap', { name: 'owner', namespace: 'default' }));
    const reference = referenceTo(owner);
    await port.create(configMap('child', { ownerReferences: [reference] }));
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'child' };
    await port.create(object(role.apiVersion, role.kind, { name: 'child', ownerReferences: [reference] }, { rules: [] }));
    await settle();
    assert.equal(await port.get(ref('v1', 'ConfigMap', 'child')), undefined);
    await port.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'owner' });
    await settle();
    assert.ok(await port.get(role));
  });

  test('collects the children of custom resources that went with their definition', async () => {
    const { port, settle, until } = await cluster(widgets());
    const owner = await port.create(widget('w'));
    const reference = referenceTo(owner);
    await port.create(configMap('child', { ownerReferences: [reference] }));
    await settle();
    const { apiVersion, kind, metadata } = widgets();
    await port.delete({ apiVersion, kind, name: metadata.name });
    await until(async () => (await port.get(ref('v1', 'ConfigMap', 'child'))) === undefined, 20_000);
  });

  test('does not get stuck on a circle', async () => {
    const { port, make, names, settle } = await cluster();
    const first = await make('first');
    const second = await make('second', [first]);
    const back = { ...referenceTo(second), blockOwnerDeletion: true };
    await port.patch(ref('v1', 'ConfigMap', 'first'), { type: 'merge', value: { metadata: { ownerReferences: [back] } } });
    await settle();
    await port.delete(ref('v1', 'ConfigMap', 'first'), { propagation: 'Foreground' });
    await settle();
    const left = (await names()).filter((name) => name !== 'kube-root-ca.crt');
    assert.deepEqual(left, []);
  });

  test('removes its finalizers by updates, which admission can refuse', async () => {
    const { port, make, settle, admission } = await cluster();
    await make('owner');
    admission.push(({ operation, name }) =>
      operation === 'UPDATE' && name === 'owner' ? { message: 'the webhook is down', status: 500 } : undefined,
    );
    await port.delete(ref('v1', 'ConfigMap', 'owner'), { propagation: 'Foreground' });
    await settle(10_000);
    assert.ok(await port.get(ref('v1', 'ConfigMap', 'owner')));
    admission.length = 0;
    await settle(60_000);
    assert.equal(await port.get(ref('v1', 'ConfigMap', 'owner')), undefined);
  });
});
