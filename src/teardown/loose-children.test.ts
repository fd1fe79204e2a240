/** Children that an operator made without owner references, on the simulated cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimulatedCluster } from '../cluster/simulated/index.ts';
import { idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { LooseChildren } from './loose-children.ts';
import type { OnTimeout } from './policy.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  make,
  secret,
  widget,
  widgetDefinition,
  workload,
} from './testing/samples.ts';
import { takeDown } from './testing/take-down.ts';

const manager = 'widget-operator';
const db = widget('db');
const service = make('v1', 'Service', 'db', { spec: { ports: [{ port: 80 }] } });
const made = [service, secret('db-credentials'), workload('StatefulSet', 'db')];
const operator = [
  account('operator'),
  clusterRole('operator', [{ apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['*'] }]),
  clusterRoleBinding('operator'),
  workload('Deployment', 'operator', { account: 'operator' }),
];

/** The operator writes the status of its resources, and makes these objects. */
function operatorMade(...objects: KubernetesObject[]) {
  return async ({ cluster, settle }: SimulatedCluster) => {
    await cluster.patch(refOf(db), { type: 'merge', value: { status: { ready: true } } }, { fieldManager: manager });
    for (const object of objects) await cluster.create(object, { fieldManager: manager });
    await settle(2_000);
  };
}

const begin = (objects: KubernetesObject[], onTimeout: OnTimeout = 'Stop') =>
  takeDown([...operator, db], {
    others: [widgetDefinition()],
    before: operatorMade(...objects),
    policy: { timeoutMs: 10 * 60_000, onTimeout },
  });

describe('children without an owner', () => {
  test('are waited for while their operator deletes them, and it stays until then', async () => {
    const run = await begin(made);
    await run.settle(20_000);
    assert.equal(run.exists(db), false);
    assert.equal(run.state(db)?.state, 'Deleting');
    assert.match(run.blocker(db), /were probably made for it, have no owner reference, and its operator has not deleted it yet$/);
    assert.ok(operator.every(run.exists));
    for (const object of made) await run.cluster.delete(refOf(object));
    await run.finished();
    assert.equal(run.state(db)?.state, 'Gone');
    assert.ok(!operator.some(run.exists));
  });

  test('that nothing deletes for a minute are named, left alone, and not called gone', async () => {
    const run = await begin(made);
    await run.settle(50_000);
    assert.ok(operator.every(run.exists));
    await run.finished(30_000);
    assert.equal(run.state(db)?.state, 'Passed');
    assert.equal(run.state(db)?.blocker?.reason, 'ChildWithoutOwner');
    assert.match(run.blocker(db), /Service agents\/db.* and nothing deletes it$/);
    assert.ok(made.every(run.exists));
    assert.deepEqual(made.map(run.deletes), [0, 0, 0]);
    assert.ok(!operator.some(run.exists), 'the rest goes on');
  });

  test('give the operator another minute each time one of them goes', async () => {
    const run = await begin(made);
    for (const object of made.slice(0, 2)) {
      await run.settle(50_000);
      await run.cluster.delete(refOf(object));
    }
    await run.settle(40_000);
    assert.equal(run.state(db)?.state, 'Deleting');
    run.teardown.close();
  });

  test('of others are none: another writer, another name, an owner, or a claim', async () => {
    const run = await begin([configMap('unrelated'), make('v1', 'PersistentVolumeClaim', 'data-db-0', { spec: {} })]);
    await run.cluster.create(configMap('db-by-hand'), { fieldManager: 'kubectl-create' });
    await run.finished(20_000);
    assert.equal(run.state(db)?.state, 'Gone');
  });
});

describe('what may have been made for a custom resource', () => {
  const written = (object: KubernetesObject, by: string, more: object = {}): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, uid: idOf(object), managedFields: [{ manager: by, operation: 'Update', ...more }] },
  });
  const resource = (name: string, by = manager) => written(widget(name), by, { subresource: 'status' });
  const found = (ours: KubernetesObject[], read: KubernetesObject[]) => {
    const loose = new LooseChildren(ours);
    for (const object of read) loose.meet(object);
    return Object.fromEntries([...loose.byStep()].map(([id, objects]) => [id, objects.map(({ metadata }) => metadata.name)]));
  };

  test('belongs to the resource with the longest name that fits, also where that one stays', () => {
    const read = [written(secret('db-config'), manager), written(secret('db-2-config'), manager)];
    assert.deepEqual(found([resource('db')], [...read, resource('db-2')]), { [idOf(db)]: ['db-config'] });
    assert.deepEqual(found([resource('db'), resource('db-2')], read), {
      [idOf(db)]: ['db-config'],
      [idOf(widget('db-2'))]: ['db-2-config'],
    });
  });

  test('is nobody’s where a resource of the same name stays', () => {
    const other = { ...resource('db'), kind: 'Gadget' };
    assert.deepEqual(found([resource('db')], [written(secret('db-config'), manager), other]), {});
  });

  test('needs both name and label where half of all operators write under that name', () => {
    const labelled = { ...secret('db-tls'), metadata: { ...secret('db-tls').metadata, labels: { widget: 'db' } } };
    const read = [written(secret('db-config'), 'manager'), written(labelled, 'manager')];
    assert.deepEqual(found([resource('db', 'manager')], read), { [idOf(db)]: ['db-tls'] });
  });
});
