import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Subject } from '../../reading/subject.ts';
import { preview } from '../preview.ts';
import { chart, helm4, manifests, release } from '../testing/subjects.ts';
import { account, deployment, documents, keepAnnotations, widget, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const anything = '{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}';
const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop${keepAnnotations}}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

const chartOf = (script: string, ...more: string[]) =>
  chart(documents(deployment('widget-operator'), hookOfExample({ script, rule: anything }), ...more));

async function found(subject: Subject) {
  const { findings } = await preview(subject, helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'hook-deletes-others');
}

const titles = async (script: string, ...more: string[]) =>
  (await found(chartOf(script, ...more))).map(({ severity, title }) => `${severity}: ${title}`);

describe('a hook that deletes what the chart keeps', () => {
  const kept = widget(keepAnnotations);
  const warning = (what: string) => [
    `warning: Hook Job shop/cleanup deletes ${what}, kept by its annotation helm.sh/resource-policy: keep`,
  ];

  test('is told of, with what goes besides', async () => {
    const script = 'kubectl delete widgets --all -A --timeout=60s';
    assert.deepEqual(await titles(script, widgetCrd(keepAnnotations), kept), warning('Widget shop/one'));
    const [finding] = await found(chartOf(script, widgetCrd(keepAnnotations), kept));
    assert.match(finding?.consequence ?? '', /So are all Widget objects of others, in every namespace/);
  });

  test('is reported for a definition that a label selects', async () => {
    const crd = widgetCrd(keepAnnotations).replace('annotations:', 'labels: {part-of: shop}, annotations:');
    assert.deepEqual(
      await titles('kubectl delete crd -l part-of=shop', crd),
      warning('CustomResourceDefinition widgets.example.com'),
    );
    assert.deepEqual(await titles('kubectl delete crd -l part-of=other', crd), []);
  });

  test('is reported for a Namespace that is not in the release', async () => {
    assert.deepEqual(await titles('kubectl delete ns shop-data --ignore-not-found'), [
      'warning: Hook Job shop/cleanup deletes Namespace shop-data, with everything in it',
    ]);
    const own = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop-data}\n';
    assert.deepEqual(await titles('kubectl delete ns shop-data --ignore-not-found', own), []);
    assert.deepEqual(await titles('kubectl delete ns "$NAME"'), []);
  });

  test('is told of for a claim, by its short name too', async () => {
    for (const script of ['kubectl delete pvc data', 'kubectl delete persistentvolumeclaims --all -n shop'])
      assert.ok((await titles(script, claim)).includes(warning('PersistentVolumeClaim shop/data')[0] ?? ''), script);
  });

  test('is told of once for each annotation that is there', async () => {
    const [finding] = await found(chartOf('kubectl delete widget one', widgetCrd(keepAnnotations), kept));
    const changes = finding?.remedies.at(-1)?.steps.flatMap((step) => (step.do === 'change' ? step.set : []));
    assert.deepEqual(changes, [{ path: ['metadata', 'annotations', 'helm.sh/resource-policy'], value: undefined }]);
  });

  test('is not, where only Bookend would keep it: Helm deletes it itself', async () => {
    const ours = claim.replace('helm.sh/resource-policy: keep', 'bookend.dev/keep: "true"');
    assert.deepEqual(await titles('kubectl delete pvc data --ignore-not-found', ours), []);
  });

  test('is not, where it deletes others', async () => {
    const crd = widgetCrd(keepAnnotations);
    for (const script of [
      'kubectl delete widget two',
      'kubectl delete widgets --all -n annex',
      'kubectl delete widgets -A -l a=b',
    ])
      assert.deepEqual(await titles(script, crd, kept), [], script);
  });

  test('is meant so where access outlives the Pods and goes by name at last', async () => {
    const access = account('agent', anything, ['', keepAnnotations, keepAnnotations]);
    const late = hookOfExample({ script: 'kubectl delete clusterrole agent', rule: anything });
    const objects = documents(deployment('agent'), access, late.replaceAll('hook: pre-delete', 'hook: post-delete'));
    assert.deepEqual(await found(chart(objects)), []);
  });
});

describe('a hook that deletes every object of a kind', () => {
  test('which others use too is told of', async () => {
    assert.deepEqual(await titles('kubectl delete pvc --all'), [
      'warning: Hook Job shop/cleanup deletes every pvc in namespace shop, also those of others',
    ]);
    assert.deepEqual(await titles('kubectl delete certificates.cert.example --all -A'), [
      'warning: Hook Job shop/cleanup deletes every certificates.cert.example in every namespace, also those of others',
    ]);
  });

  test('means by all the workloads and Services', async () => {
    assert.deepEqual(await titles('kubectl delete all --all'), [
      'warning: Hook Job shop/cleanup deletes all workloads and Services in namespace shop, also those of others',
    ]);
  });

  test('is an error where a cluster shows what others have', async () => {
    const subject = await release(chartOf('kubectl delete configmaps --all'), async ({ cluster }) => {
      for (const { object } of manifests('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs, namespace: shop}\n'))
        await cluster.create(object);
    });
    const [finding] = await found(subject);
    assert.equal(finding?.severity, 'error');
    assert.ok(finding.objects.some(({ name }) => name === 'theirs'));
  });

  test('is not, where a label or a name tells its own apart, or where the kind is its own', async () => {
    for (const script of ['kubectl delete pvc -l app=shop', 'kubectl delete secret one', 'kubectl delete pods --all'])
      assert.deepEqual(await titles(script), [], script);
    assert.deepEqual(await titles('kubectl delete widgets --all -A', widgetCrd()), []);
    const operator = documents(
      account('widget-operator', '{apiGroups: [example.com], resources: ["*"], verbs: ["*"]}'),
      deployment('widget-operator', 'serviceAccountName: widget-operator'),
    );
    const hook = hookOfExample({ script: 'kubectl delete widgets.example.com --all -A', rule: anything });
    const [finding] = await found(chart(documents(operator, hook)));
    assert.equal(finding?.severity, 'note', 'its definition is in another chart, and others may use it');
  });
});
