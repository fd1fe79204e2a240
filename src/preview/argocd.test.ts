import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from './preview.ts';
import { account, deployment, documents, widget, widgetCrd } from './rules/examples.ts';
import { chart, helm4 } from './testing/subjects.ts';

const rights = '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, list, watch, update, delete]}';
const operator = documents(
  widgetCrd(),
  account('widget-operator', rights),
  deployment('widget-operator', 'serviceAccountName: widget-operator'),
  widget(', finalizers: [example.com/drain]'),
);
const hook = (type: string) => `, annotations: {argocd.argoproj.io/hook: ${type}}`;
const job = (type: string) => `apiVersion: batch/v1
kind: Job
metadata: {name: sweep, namespace: shop${hook(type)}}
spec:
  template:
    spec:
      serviceAccountName: sweep
      restartPolicy: Never
      containers:
        - {name: sweep, image: registry.example.com/kubectl:1, command: [sh, -ec, "kubectl delete widgets --all -A"]}
`;

async function previewed(...manifests: string[]) {
  return preview(chart(documents(...manifests)), { ...helm4, tool: 'argocd' }, { beside: 'never' });
}

describe("Argo CD's own hooks", () => {
  test('run before and after the deletion, and are not there before them', async () => {
    const type = hook('PreDelete');
    const { outcome, findings, left } = await previewed(operator, account('sweep', rights, [type, type, type]), job('PreDelete'));
    assert.equal(outcome, 'succeeded');
    assert.ok(!findings.some(({ severity }) => severity === 'error'));
    assert.deepEqual(
      left.map(({ object }) => object.kind),
      ['CustomResourceDefinition'],
    );
  });

  test('do not end without the account that was deleted before them', async () => {
    const { outcome, findings } = await previewed(account('sweep', rights), job('PostDelete'));
    assert.equal(outcome, 'hangs');
    assert.match(findings[0]?.title ?? '', /Hook Job shop\/sweep does not end: ServiceAccount shop\/sweep is gone/);
  });

  test('of a sync go with the other resources', async () => {
    const { left } = await previewed(account('sweep', rights), job('PostSync'));
    assert.deepEqual(left, []);
  });
});

test('Argo CD and Flux serve the finalizers of their own kinds', async () => {
  const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}
`;
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop, finalizers: [finalizers.fluxcd.io]}
`;
  const found = async (manifest: string, tool: 'argocd' | 'flux' | 'kubectl') =>
    (await preview(chart(manifest), { ...helm4, tool }, { beside: 'never' })).findings.map(({ rule }) => rule);
  assert.deepEqual(await found(application, 'argocd'), []);
  assert.deepEqual(await found(release, 'flux'), []);
  assert.deepEqual(await found(application, 'flux'), ['finalizer-unserved']);
  assert.deepEqual(await found(application, 'kubectl'), ['finalizer-unserved']);
});

test('Argo CD keeps nothing for an option in other letters than its own', async () => {
  const settings = (option: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop, annotations: {argocd.argoproj.io/sync-options: "${option}"}}
`;
  assert.equal((await previewed(settings('Prune=false, Delete=false'))).left.length, 1);
  assert.equal((await previewed(settings('Delete=False'))).left.length, 0);
});
