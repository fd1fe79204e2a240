import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { agentChart, hookWith, operatorChart, webhookOfManager } from '../testing/charts.ts';
import { goneAt, leftIn, played, stepsOf } from '../testing/plays.ts';
import { chart, release } from '../testing/subjects.ts';

describe('a node agent', () => {
  test('finds its rights gone in its preStop hook when Helm uninstalls it', async () => {
    const result = await played(chart(agentChart));
    assert.deepEqual(stepsOf(result), [
      'delete deleted DaemonSet.apps/shop/agent',
      'delete deleted ClusterRoleBinding.rbac.authorization.k8s.io/agent',
      'delete deleted ClusterRole.rbac.authorization.k8s.io/agent',
      'delete deleted ServiceAccount/shop/agent',
    ]);
    assert.equal(result.outcome, 'succeeded');
    assert.equal(result.message, 'release "shop" uninstalled');
    const [pod] = result.pods;
    assert.equal(pod?.of, 'DaemonSet.apps/shop/agent');
    assert.deepEqual([pod?.preStop?.calls, pod?.preStop?.outcome], ['certain', 'failed']);
    assert.deepEqual(
      pod?.lost.map(({ by, what }) => `${by}: ${what}`),
      [
        'ClusterRoleBinding.rbac.authorization.k8s.io/agent: patch nodes',
        'ServiceAccount/shop/agent: its token: ServiceAccount shop/agent is gone',
      ],
    );
    assert.ok((pod?.stoppedAt ?? 0) > 3_000 && result.returnedMs < 100);
    assert.deepEqual(leftIn(result), [`pod-effects ${pod?.pod}`]);
  });

  test('keeps its rights until its Pods are gone through Bookend', async () => {
    const result = await played(chart(agentChart), { tool: 'bookend' });
    const [pod] = result.pods;
    assert.deepEqual([pod?.preStop?.outcome, pod?.lost, leftIn(result)], ['succeeded', [], []]);
    const podGone = pod?.goneAt ?? 0;
    for (const id of ['ServiceAccount/shop/agent', 'ClusterRole.rbac.authorization.k8s.io/agent'])
      assert.ok((goneAt(result, id) ?? 0) >= podGone, id);
  });

  test('is the same play for the same seed', async () => {
    assert.deepEqual(await played(chart(agentChart)), await played(chart(agentChart)));
  });

  test('is the same in a live cluster, whose controllers name revisions otherwise', async () => {
    const subject = await release(chart(agentChart));
    const text = JSON.stringify(subject.surroundings.objects).replaceAll(/("controller-revision-hash":)"[^"]+"/g, '$1"5d8f"');
    const renamed = { ...subject, surroundings: { ...subject.surroundings, objects: JSON.parse(text) } };
    const result = await played(renamed);
    assert.deepEqual(
      result.moments.filter(({ what }) => what === 'created'),
      [],
    );
    assert.equal(result.pods.length, 1);
    assert.equal(result.pods[0]?.preStop?.outcome, 'failed');
  });
});

describe('an operator with a custom resource of an older version', () => {
  test('removes its finalizer in whatever version the custom resource is given', async () => {
    const older = '- {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}';
    const chartOf = operatorChart
      .replace('  versions:\n', `  versions:\n    ${older}\n`)
      .replace('apiVersion: example.com/v1\nkind: Widget', 'apiVersion: example.com/v1beta1\nkind: Widget');
    const result = await played(chart(chartOf + hookWith('kubectl delete widgets --all --timeout=20s')));
    assert.deepEqual([result.outcome, leftIn(result)], ['succeeded', []]);
  });
});

describe('an operator with a custom resource', () => {
  test('is gone before Helm comes to the custom resource, which terminates for ever', async () => {
    const result = await played(chart(operatorChart));
    assert.equal(result.outcome, 'hangs');
    assert.deepEqual(leftIn(result), [
      'stuck CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
      'stuck Widget.example.com/shop/one',
    ]);
    const widget = result.left.find(({ id }) => id === 'Widget.example.com/shop/one');
    assert.equal(widget?.because, 'finalizer example.com/cleanup: Deployment shop/manager, which removes it, has no running Pod');
    assert.ok(result.supposed.includes('Deployment shop/manager removes finalizer example.com/cleanup of Widget (likely)'));
  });

  test('serves it through Bookend, and goes after it', async () => {
    const result = await played(chart(operatorChart), { tool: 'bookend' });
    assert.deepEqual([result.outcome, leftIn(result)], ['succeeded', []]);
    const widget = goneAt(result, 'Widget.example.com/shop/one') ?? Number.NaN;
    assert.ok(widget < (goneAt(result, 'Deployment.apps/shop/manager') ?? 0));
  });

  test('cannot serve it when its account may write no custom resource any more', async () => {
    const order = ['ClusterRoleBinding', 'Widget'];
    const subject = chart(operatorChart);
    const some = { ...subject, objects: subject.objects.filter(({ object }) => order.includes(object.kind)) };
    some.objects.sort((one, other) => order.indexOf(one.object.kind) - order.indexOf(other.object.kind));
    const rest = subject.objects.filter(({ object }) => !order.includes(object.kind)).map(({ object }) => object);
    const result = await played({ ...some, surroundings: { ...subject.surroundings, objects: rest } }, { tool: 'kubectl' });
    assert.equal(result.outcome, 'hangs');
    assert.deepEqual(leftIn(result), ['stuck Widget.example.com/shop/one']);
    assert.match(result.left[0]?.because ?? '', /Deployment shop\/manager, which removes it, has not done so/);
  });

  test('is found dead by its own webhook: Helm 3 fails, and nobody may remove the finalizer', async () => {
    const result = await played(chart((operatorChart + webhookOfManager).replaceAll('ind: Widget', 'ind: AWidget')), {
      tool: 'helm3',
    });
    assert.equal(result.outcome, 'failed');
    assert.equal(result.message, 'Error: failed to delete release: shop');
    assert.deepEqual(
      result.refused.map(({ who, verb, id, by, webhook, overcome }) => [who, verb, id, by, webhook, overcome]),
      [
        [
          'helm',
          'delete',
          'AWidget.example.com/shop/one',
          'ValidatingWebhookConfiguration.admissionregistration.k8s.io/manager',
          'widgets.example.com',
          false,
        ],
      ],
    );
    assert.match(result.refused[0]?.message ?? '', /failed calling webhook "widgets.example.com".*service "manager" not found$/);
  });

  test('takes its webhook away first with Helm 4, which refuses nothing then', async () => {
    const result = await played(chart(operatorChart + webhookOfManager));
    assert.equal(stepsOf(result)[0], 'delete deleted ValidatingWebhookConfiguration.admissionregistration.k8s.io/manager');
    assert.deepEqual([result.outcome, result.refused], ['hangs', []]);
  });

  test('dies first when its namespace is deleted, and the namespace hangs', async () => {
    const result = await played(chart(operatorChart + webhookOfManager), { tool: 'namespace' });
    assert.equal(result.outcome, 'hangs');
    const left = leftIn(result);
    assert.ok(left.includes('stuck Namespace/shop') && left.includes('refused Widget.example.com/shop/one'), left.join(', '));
    assert.equal(result.refused[0]?.who, 'namespace-controller');
  });

  test('makes its children anew when only they are deleted', async () => {
    const subject = await release(chart(operatorChart), async ({ cluster }) => {
      const owner = await cluster.get({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'one' });
      const ownerReferences = [
        { apiVersion: 'example.com/v1', kind: 'Widget', name: 'one', uid: owner?.metadata.uid ?? '', controller: true },
      ];
      const labels = { app: 'child' };
      await cluster.create({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'child', namespace: 'shop', ownerReferences },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'child', image: 'example/child' }] } },
        },
      });
    });
    const child = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'child', namespace: 'shop' } };
    const result = await played({ ...subject, objects: [{ object: child }] });
    assert.deepEqual(
      leftIn(result).filter((line) => line.includes('DaemonSet')),
      ['recreated DaemonSet.apps/shop/child'],
    );
    const widget = await played(subject);
    assert.ok(goneAt(widget, 'DaemonSet.apps/shop/child') === undefined, 'the Widget that owns it is stuck');
  });
});

describe('what an uninstall leaves', () => {
  const database = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: example/db, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {helm.sh/resource-policy: keep}}
`;

  test('names claims of a StatefulSet and objects that are kept', async () => {
    const result = await played(chart(database));
    assert.deepEqual(leftIn(result), ['kept ConfigMap/shop/settings', 'storage PersistentVolumeClaim/shop/data-db-0']);
    assert.ok(stepsOf(result).includes('keep ConfigMap/shop/settings'));
  });

  test('names definitions of crds/ with their custom resources', async () => {
    const crds = operatorChart.slice(0, operatorChart.indexOf('---'));
    const rest = operatorChart.slice(operatorChart.indexOf('---\napiVersion: v1'));
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'mine', namespace: 'other' } };
    const result = await played(chart(rest, { crds, around: [widget] }));
    assert.deepEqual(leftIn(result), [
      'crd CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
      'custom-resource Widget.example.com/other/mine',
    ]);
  });

  test('shows custom resources of others that go with their definition, without a DELETE', async () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'mine', namespace: 'other' } };
    const crd = operatorChart.slice(0, operatorChart.indexOf('---'));
    const result = await played(chart(crd, { around: [widget] }));
    assert.deepEqual(stepsOf(result), ['delete terminating CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com']);
    assert.ok(goneAt(result, 'Widget.example.com/other/mine') !== undefined);
    assert.deepEqual(leftIn(result), []);
  });
});

describe('objects that no cluster would take', () => {
  const broken = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: empty}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: broken.example.com}
spec: {group: example.com}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: good}
`;

  test('are left out, and said', async () => {
    const result = await played(chart(broken));
    assert.deepEqual(
      result.supposed.map((line) => line.slice(0, line.indexOf(':'))),
      ['CustomResourceDefinition broken.example.com is left out', 'Deployment shop/empty is left out'],
    );
    assert.deepEqual(stepsOf(result), [
      'delete absent Deployment.apps/shop/empty',
      'delete absent CustomResourceDefinition.apiextensions.k8s.io/broken.example.com',
      'delete deleted ConfigMap/shop/good',
    ]);
  });
});

test('a tool that deletes what comes again and again is not watched for ever', async () => {
  const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n';
  const result = await played(chart(account), { tool: 'argocd' });
  assert.deepEqual([result.outcome, leftIn(result)], ['hangs', ['recreated ServiceAccount/shop/default']]);
});
