import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { managerChart, operatorChart, webhookOfManager } from '../testing/charts.ts';
import { answersIn, leftIn, played } from '../testing/plays.ts';
import { chart, manifests, release } from '../testing/subjects.ts';

const withSecret = managerChart.replace(
  'containers: [{name: manager',
  'volumes: [{name: tls, secret: {secretName: manager-tls}}], containers: [{name: manager',
);

describe('what is left of a release in a live cluster', () => {
  test('are Secrets that its Pods used and that it did not bring', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'manager-tls', namespace: 'shop' } };
    const subject = await release(chart(withSecret), async ({ cluster }) => void (await cluster.create(secret)));
    assert.deepEqual(leftIn(await played(subject)), ['secret Secret/shop/manager-tls']);
    assert.deepEqual(leftIn(await played(chart(withSecret))), [], 'of a chart alone nothing is known of such');
  });

  test('are claims of a StatefulSet only where that one goes', async () => {
    const set = (metadata: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop${metadata}}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: registry.example.com/db:1}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
`;
    assert.deepEqual(leftIn(await played(chart(set('')))), ['storage PersistentVolumeClaim/shop/data-db-0']);
    const kept = set(', annotations: {helm.sh/resource-policy: keep}');
    assert.deepEqual(leftIn(await played(chart(kept))), ['kept StatefulSet.apps/shop/db']);
  });

  test('are webhook configurations that were made at run time, with the Service that they point to gone', async () => {
    const [service, webhook] = manifests(webhookOfManager).map(({ object }) => object);
    const subject = chart(managerChart);
    const whole = { ...subject, objects: [...subject.objects, ...(service ? [{ object: service }] : [])] };
    const live = await release(whole, async ({ cluster }) => void (await cluster.create(webhook as KubernetesObject)));
    const result = await played(live);
    assert.deepEqual(leftIn(result), ['child ValidatingWebhookConfiguration.admissionregistration.k8s.io/manager']);
    assert.equal(result.left[0]?.because, 'it points to Service shop/manager, which is gone');
  });

  test('is nothing of what others have in the same namespace', async () => {
    const foreign = managerChart.replaceAll('manager', 'foreign').replaceAll('namespace: shop', 'namespace: shop');
    const subject = await release(chart(managerChart), async ({ cluster }) => {
      for (const { object } of manifests(foreign)) await cluster.create(object);
    });
    const result = await played(subject);
    assert.deepEqual(leftIn(result), []);
    assert.ok(result.pods.every(({ of }) => of === 'Deployment.apps/shop/manager'));
  });

  test('are children of a custom resource that goes on living', async () => {
    const subject = await release(chart(operatorChart));
    const result = await played({ ...subject, objects: subject.objects.filter(({ object }) => object.kind === 'Deployment') });
    assert.ok(!leftIn(result).some((line) => line.includes('Pod')));
    assert.deepEqual(result.outcome, 'succeeded');
  });

  test('is what has its keep policy only in the release, and not when it is only in the live object', async () => {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, annotations: {helm.sh/resource-policy: keep}}\n';
    const kept = await release(chart(config));
    assert.deepEqual(leftIn(await played(kept)), ['kept ConfigMap/shop/settings']);
    const [bare] = chart(config.replace(', annotations: {helm.sh/resource-policy: keep}', '')).objects;
    const result = await played({ ...kept, objects: bare ? [bare] : [] });
    assert.deepEqual([answersIn(result), leftIn(result)], [['deleted'], []]);
  });
});
