import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccount } from '../cluster/simulated/index.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { receiptOf } from './receipt-of.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { clusterWide, definition, facts, keeper, namespace, object, openShop, program, settings } from './testing/shop.ts';

describe('a snapshot', () => {
  test('has every object by UID, at stated resourceVersions, and no Events', async () => {
    const shop = await openShop();
    await shop.install(settings, keeper);
    const { objects, at, notSeen } = await shop.snapshot();
    const ids = [...objects.values()].map(({ id }) => id);
    assert.ok(ids.includes(`ConfigMap/${namespace}/settings` as (typeof ids)[number]));
    assert.ok(!ids.some((id) => id.startsWith('Event')));
    for (const [uid, { ref }] of objects) assert.equal(ref.uid, uid);
    assert.match(at['deployments.apps'] ?? '', /^\d+$/);
    assert.ok(!('events' in at));
    assert.deepEqual(notSeen, []);
  });

  test('keeps who wrote which field, and no values but those of labels', async () => {
    const shop = await openShop();
    const secret = {
      ...object('v1', 'Secret', 'key'),
      metadata: { name: 'key', namespace, annotations: { token: 'hunter2' } },
      data: { a: 'aHVudGVyMg==' },
    };
    const { metadata } = await shop.put(secret, program);
    const seen = (await shop.snapshot()).objects.get(metadata.uid ?? '');
    assert.deepEqual(
      seen?.writers.map(({ manager, fields }) => [manager, fields]),
      [[program, ['data.a', 'metadata.annotations.token']]],
    );
    assert.doesNotMatch(JSON.stringify(seen), /hunter2|aHVudGVyMg/);
  });

  test('names the programs of workloads and the Services of webhooks, which metadata does not', async () => {
    const shop = await openShop();
    await shop.put(keeper);
    const webhook = clusterWide('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'w', {
      webhooks: [
        {
          name: 'a.shop.example',
          clientConfig: { service: { namespace, name: 'keeper' } },
          rules: [],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    await shop.put(webhook);
    const seen = [...(await shop.snapshot()).objects.values()];
    assert.deepEqual(seen.find(({ ref }) => ref.kind === 'Deployment')?.programs, [program, 'keeper']);
    assert.deepEqual(seen.find(({ ref }) => ref.name === 'w')?.backends, [`Service/${namespace}/keeper`]);
  });

  test('what may not be listed is in notSeen, and the verdict is never clean', async () => {
    const shop = await openShop();
    const rules = [{ apiGroups: [''], resources: ['configmaps', 'nodes'], verbs: ['list'] }];
    await shop.put(clusterWide('rbac.authorization.k8s.io/v1', 'ClusterRole', 'little', { rules }));
    const binding = {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'little' },
      subjects: [{ kind: 'ServiceAccount', name: 'jane', namespace }],
    };
    await shop.put(clusterWide('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'little', binding));
    const jane = shop.simulated.connect(serviceAccount(namespace, 'jane')).cluster;
    const after = await takeSnapshot(jane);
    assert.ok(after.notSeen.some((text) => text.startsWith('secrets: ')));
    assert.ok(!after.notSeen.some((text) => text.startsWith('configmaps: ')));
    const receipt = receiptOf({ release: facts([settings]), after });
    assert.deepEqual([receipt.verdict, receipt.residue], ['clean-as-far-as-seen', []]);
  });

  test('who may only read a namespace sees that one, and nothing is concluded of the others', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['list'] }];
    await shop.put(object('rbac.authorization.k8s.io/v1', 'Role', 'reader', { rules }));
    const subjects = [{ kind: 'ServiceAccount', name: 'jane', namespace }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    await shop.put(object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader', { roleRef, subjects }));
    const jane = shop.simulated.connect(serviceAccount(namespace, 'jane')).cluster;
    const { objects, notSeen } = await takeSnapshot(jane, { own: [namespace] });
    assert.ok([...objects.values()].some(({ ref }) => ref.name === 'settings'));
    assert.ok(notSeen.some((text) => text.startsWith('secrets outside of shop-ns: ')));
    assert.ok(!notSeen.some((text) => text.startsWith('secrets in namespace shop-ns')));
    assert.ok(notSeen.some((text) => text.startsWith('nodes: ')));
  });

  test('reads custom resources of all definitions', async () => {
    const shop = await openShop();
    await shop.put(definition);
    await shop.simulated.settle();
    await shop.put(object('shop.example/v1', 'Widget', 'w'));
    const seen = [...(await shop.snapshot()).objects.values()].find(({ ref }) => ref.kind === 'Widget');
    assert.equal(seen?.resource, 'widgets.shop.example');
  });

  test('10,000 foreign objects take little memory: what is alike is kept once', async () => {
    const shop = await openShop();
    const foreign = Array.from(
      { length: 10_000 },
      (_, index): KubernetesObject => ({
        ...object('v1', index % 2 === 0 ? 'ConfigMap' : 'Secret', `foreign-${index}`),
        metadata: {
          ...{ name: `foreign-${index}`, namespace: 'other-ns', uid: `uid-${index}`, labels: { app: `a${index % 50}` } },
          annotations: { note: 'x'.repeat(500) },
          managedFields: [
            {
              manager: `m${index % 20}`,
              operation: 'Update',
              fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:data': { 'f:a': {}, 'f:b': {} } },
            },
          ],
        },
        data: { a: 'y'.repeat(500) },
      }),
    );
    shop.simulated.adopt(foreign);
    const { objects } = await shop.snapshot();
    assert.ok(objects.size >= 10_000);
    const each = [...objects.values()].filter(({ ref }) => ref.namespace === 'other-ns' && ref.name.startsWith('foreign'));
    assert.ok(new Set(each.map(({ labels }) => labels)).size <= 50);
    assert.ok(new Set(each.map(({ writers }) => writers[0]?.fields)).size === 1);
    assert.ok(JSON.stringify(each[0]).length < 800, 'no bodies, no values of annotations');
  });
});
