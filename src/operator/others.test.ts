/**
 * What a ClusterOperator's end does where others have something beside it, in number or in its Namespace. On the
 * simulated cluster.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { mostInOrder } from '../teardown/bounds.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  namespace,
  pod,
  widget,
  widgetDefinition,
  widgetKind,
} from '../teardown/testing/samples.ts';
import { lives } from './testing/lives.ts';
import { clusterOperator } from './testing/operator-run.ts';

async function installed(objects: KubernetesObject[], beside: KubernetesObject[], more: Partial<ClusterOperator['spec']> = {}) {
  const run = await lives(objects.some(({ kind }) => kind === 'Namespace') ? { home: [] } : {});
  await run.install(clusterOperator('one', [{ name: 'all', objects }], more));
  for (const object of beside) await run.cluster.create(object);
  await run.settle(1_000);
  return run;
}

describe('a Namespace of a ClusterOperator', () => {
  test('stays with what others have in it, and an event and the last event say why', async () => {
    const theirs = configMap('theirs');
    const run = await installed([namespace(), configMap('ours')], [theirs]);
    await run.removed();
    assert.ok(await run.cluster.get(refOf(theirs)));
    assert.ok(await run.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'agents' }));
    assert.equal(await run.cluster.get(refOf(configMap('ours'))), undefined);
    const why = 'Namespace agents is kept: 1 object of others is in it: ConfigMap agents/theirs';
    assert.ok(
      run.events().some((event) => event.startsWith(`Warning Kept: ${why}`)),
      run.events().join('\n'),
    );
    assert.ok(run.events().some((event) => event.startsWith('Warning TeardownFinished: ') && event.includes(why)));
  });

  test('goes when only ours was in it', async () => {
    const run = await installed([namespace(), configMap('ours')], []);
    await run.removed();
    assert.equal(await run.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'agents' }), undefined);
  });
});

describe('a Pod of others that uses the account of a ClusterOperator', () => {
  const access = [account('agent'), clusterRole('agent', []), clusterRoleBinding('agent')];
  const visitor = pod('visitor', { account: 'agent' });

  test('is waited for and named, and is no part of the order', async () => {
    const run = await installed(access, [visitor]);
    await run.remove();
    await run.settle(10_000);
    assert.match(run.blocker(), /^Pod agents\/visitor uses ServiceAccount agents\/agent /);
    assert.equal(
      run.order().some(({ mode }) => mode === 'await'),
      false,
    );
    await run.cluster.delete(refOf(visitor));
    await run.gone();
  });

  test('that never ends is passed over with Continue: it stays, the rights go, and an event says so', async () => {
    const run = await installed(access, [visitor], { teardown: { timeout: '10s', onTimeout: 'Continue' } });
    await run.removed();
    assert.ok(await run.cluster.get(refOf(visitor)));
    for (const object of access) assert.equal(await run.cluster.get(refOf(object)), undefined);
    const told = run.events().filter((event) => event.includes('is deleted although it is in use: Pod agents/visitor uses'));
    assert.equal(told.length, access.length);
  });
});

describe('custom resources of a kind of the ClusterOperator', () => {
  test('beyond the bound hold it up in words, before anything is deleted; when they are fewer it goes on', async () => {
    const run = await installed([widgetDefinition(), configMap('ours')], []);
    const many = Array.from({ length: mostInOrder + 1 }, (_, index) => widget(`w-${index}`));
    for (const each of many) await run.cluster.create(each);
    await run.remove();
    await run.settle(5_000);
    assert.equal(run.status()?.phase, 'Blocked');
    assert.match(run.blocker(), /^501 widgets\.example\.dev exist, more than the 500 that are taken down in order/);
    assert.match(run.blocker(), /kubectl delete widgets\.example\.dev --all --all-namespaces/);
    assert.ok(await run.cluster.get(refOf(configMap('ours'))), 'nothing is deleted in part');
    await run.cluster.delete(refOf(widget('w-0')));
    await run.gone();
    assert.equal(await run.cluster.kind(widgetKind.apiVersion, widgetKind.kind), undefined);
  });

  test('that come and go while it runs do not make the order longer without end', async () => {
    const held = configMap('held', { finalizers: ['example.dev/hold'] });
    const run = await installed([widgetDefinition(), held], []);
    await run.cluster.create(widget('first', { finalizers: ['example.dev/hold'] }));
    await run.remove();
    await run.settle(2_000);
    for (let round = 0; round < 10; round++) {
      await run.cluster.create(widget(`w-${round}`));
      await run.settle(3_000);
    }
    const order = run.order();
    const widgets = order.filter(({ object }) => object.startsWith('Widget'));
    assert.ok(widgets.length <= 3, `${widgets.length} Widgets are in the order`);
    assert.ok(order.some(({ object }) => object.endsWith('/first')));
    await run.cluster.patch(refOf(widget('first')), { type: 'merge', value: { metadata: { finalizers: [] } } });
    await run.cluster.patch(refOf(held), { type: 'merge', value: { metadata: { finalizers: [] } } });
    await run.gone();
  });
});
