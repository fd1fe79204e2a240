import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hookWith, managerChart, operatorChart } from '../preview/testing/charts.ts';
import { goneAt, leftIn, played, stepsOf } from '../preview/testing/plays.ts';
import { chart, release } from '../preview/testing/subjects.ts';
import { inPruneOrder } from './flux.ts';

const two = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {argocd.argoproj.io/sync-wave: "1"}}
---
apiVersion: v1
kind: Secret
metadata: {name: b}
`;

describe('kubectl delete -f', () => {
  test('goes by the order of the file and waits without an end', async () => {
    const result = await played({ ...chart(operatorChart), from: 'files' }, { tool: 'kubectl' });
    assert.deepEqual(stepsOf(result).slice(0, 2), [
      'delete terminating CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com',
      'delete terminating Widget.example.com/shop/one',
    ]);
    assert.deepEqual([result.outcome, result.message], ['hangs', undefined]);
  });

  test('knows no hooks: what files have is deleted where it stands', async () => {
    const hook = two.replace('metadata: {name: b}', 'metadata: {name: b, annotations: {helm.sh/hook: pre-delete}}');
    const last = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n';
    const result = await played({ ...chart(hook + last), from: 'files' }, { tool: 'kubectl' });
    assert.deepEqual(stepsOf(result).slice(0, 3), [
      'delete deleted ConfigMap/shop/a',
      'delete deleted Secret/shop/b',
      'delete deleted ConfigMap/shop/c',
    ]);
  });

  test('takes an object that is not there for an error, and waits for nothing then', async () => {
    const subject = chart(two);
    const [first] = subject.objects;
    const result = await played({ ...subject, objects: [...subject.objects, ...(first ? [first] : [])] }, { tool: 'kubectl' });
    assert.equal(result.outcome, 'failed');
    assert.match(result.message ?? '', /^Error from server \(NotFound\): .* configmaps "a" not found$/);
    assert.ok(!result.steps.some(({ what }) => what === 'wait-gone'));
  });
});

describe('Argo CD', () => {
  test('deletes the highest wave first and waits until it is gone', async () => {
    const held = two.replace('metadata: {name: a', 'metadata: {name: a, finalizers: [example.com/slow]');
    const simple = await played(chart(two), { tool: 'argocd' });
    assert.deepEqual(stepsOf(simple), ['delete terminating ConfigMap/shop/a', 'delete terminating Secret/shop/b']);
    const result = await played(chart(held), { tool: 'argocd' });
    assert.deepEqual([result.outcome, stepsOf(result)], ['hangs', ['delete terminating ConfigMap/shop/a']]);
    assert.deepEqual(leftIn(result), ['not-deleted Secret/shop/b', 'stuck ConfigMap/shop/a']);
  });

  test('keeps what its own annotation protects, and says by which', async () => {
    const kept = two.replace('sync-wave: "1"', 'sync-options: "ServerSideApply=true, Delete=false"');
    const result = await played(chart(kept), { tool: 'argocd' });
    assert.deepEqual(leftIn(result), ['kept ConfigMap/shop/a']);
    assert.match(result.left[0]?.because ?? '', /argocd\.argoproj\.io\/sync-options: Delete=false$/);
  });

  test('never deletes definitions', async () => {
    const result = await played(chart(operatorChart), { tool: 'argocd' });
    assert.ok(leftIn(result).includes('crd CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com'));
  });

  test("runs Helm's pre-delete hooks as its own, and stays as it is when one fails", async () => {
    const command = 'kubectl delete widgets --all';
    const good = await played(chart(operatorChart + hookWith(command)), { tool: 'argocd' });
    assert.equal(good.outcome, 'succeeded');
    const bad = await played(chart(operatorChart + hookWith(command, { verbs: '[get]' })), { tool: 'argocd' });
    assert.match(bad.message ?? '', /application 'shop' is not deleted: PreDelete hook Job clean failed/);
    assert.ok(!bad.steps.some(({ what }) => what === 'delete'));
  });
});

describe('Flux', () => {
  test('uninstalls a release as Helm does, and waits', async () => {
    const result = await played(chart(two), { tool: 'flux' });
    assert.equal(result.message, 'Helm uninstall succeeded for release shop/shop');
    assert.ok(result.steps.some(({ what }) => what === 'wait-gone'));
  });

  test('prunes files in the reverse of its own order, and waits for nothing', async () => {
    const kinds = [
      'ServiceAccount',
      'Widget',
      'ValidatingWebhookConfiguration',
      'CustomResourceDefinition',
      'Deployment',
      'Role',
    ];
    const objects = kinds.map((kind) => ({ apiVersion: 'v1', kind, metadata: { name: 'one' } }));
    assert.deepEqual(
      inPruneOrder(objects).map(({ kind }) => kind),
      ['ValidatingWebhookConfiguration', 'Widget', 'Deployment', 'Role', 'ServiceAccount', 'CustomResourceDefinition'],
    );
    const result = await played({ ...chart(operatorChart), from: 'files' }, { tool: 'flux' });
    assert.deepEqual(stepsOf(result).slice(0, 2), [
      'delete terminating Widget.example.com/shop/one',
      'delete deleted Deployment.apps/shop/manager',
    ]);
    assert.ok(result.returnedMs < 1_000);
  });
});

describe('the deletion of a namespace', () => {
  test('takes Pods first, everything else in it, and nothing outside', async () => {
    const result = await played(chart(managerChart), { tool: 'namespace' });
    assert.equal(result.outcome, 'succeeded');
    const pod = result.pods[0];
    assert.ok((pod?.goneAt ?? 0) <= (goneAt(result, 'ServiceAccount/shop/manager') ?? -1), 'Pods first');
    assert.deepEqual(pod?.lost, []);
    assert.deepEqual(leftIn(result), [
      'not-deleted ClusterRole.rbac.authorization.k8s.io/manager',
      'not-deleted ClusterRoleBinding.rbac.authorization.k8s.io/manager',
    ]);
  });

  test('hangs while an aggregated API in it is dead', async () => {
    const metrics = `
apiVersion: v1
kind: Service
metadata: {name: metrics}
spec: {selector: {app: metrics}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: metrics}
spec:
  selector: {matchLabels: {app: metrics}}
  template: {metadata: {labels: {app: metrics}}, spec: {containers: [{name: metrics, image: example/metrics}]}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.example.com}
spec: {group: metrics.example.com, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, service: {name: metrics, namespace: shop}}
`;
    const result = await played(chart(metrics), { tool: 'namespace' });
    assert.equal(result.outcome, 'hangs');
    assert.equal(
      result.refused.find(({ verb }) => verb === 'update')?.by,
      'APIService.apiregistration.k8s.io/v1beta1.metrics.example.com',
    );
    assert.equal((await played(chart(metrics))).outcome, 'succeeded', 'helm uninstall takes the APIService first');
  });
});

describe('Bookend', () => {
  const keep = { 'bookend.dev/keep': 'true', 'bookend.dev/depends-on': 'ServiceAccount/manager' };
  const widget = (name: string, annotations: Record<string, string>) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'shop', annotations },
  });

  test('leaves a Pod alone that only looks like one of the chart', async () => {
    const subject = await release(chart(managerChart), async ({ cluster }) => {
      const spec = { containers: [{ name: 'main', image: 'example/bare' }] };
      await cluster.create({
        ...{ apiVersion: 'v1', kind: 'Pod', spec },
        metadata: { name: 'manager-bare', namespace: 'shop', labels: { app: 'manager' } },
      });
    });
    const result = await played(subject, { tool: 'bookend' });
    assert.equal(result.outcome, 'succeeded');
    assert.ok(!stepsOf(result).some((step) => step.includes('manager-bare')));
  });

  test('obeys annotations where the chart has them, and not where only the live object has them', async () => {
    const annotated = operatorChart.replace(
      'metadata: {name: manager}',
      'metadata: {name: manager, annotations: {bookend.dev/keep: "true"}}',
    );
    const written = await played(chart(annotated), { tool: 'bookend' });
    assert.ok(stepsOf(written).some((step) => step.startsWith('keep') && step.endsWith('ServiceAccount/shop/manager')));
    const subject = await release(chart(operatorChart), async ({ cluster }) => {
      await cluster.create(widget('users', keep));
      const manager = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'shop', name: 'manager' };
      await cluster.patch(manager, { type: 'merge', value: { metadata: { annotations: keep } } });
    });
    const forged = await played(subject, { tool: 'bookend' });
    assert.equal(forged.outcome, 'succeeded');
    for (const id of ['ServiceAccount/shop/manager', 'Widget.example.com/shop/users']) {
      assert.ok(goneAt(forged, id) !== undefined, id);
    }
  });

  test('as a hook refuses to begin while a target asks to be kept, as bookend delete does', async () => {
    const targets = JSON.stringify([{ kind: 'widgets.example.com', names: ['one'], namespace: 'shop' }]);
    const hook = hookWith('true')
      .replace(/command: .*/, `args: [delete, --targets, '${targets}']}]`)
      .replace(/rules: .*/, "rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]");
    const forged = operatorChart.replace('{name: one, fin', '{name: one, annotations: {helm.sh/resource-policy: keep}, fin');
    assert.equal((await played(chart(operatorChart + hook))).outcome, 'succeeded');
    const result = await played(chart(forged + hook));
    assert.equal(result.outcome, 'failed');
    assert.ok(!stepsOf(result).some((step) => step.endsWith('Widget.example.com/shop/one')));
  });
});
