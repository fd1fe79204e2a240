import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, widget, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

async function found(...manifests: string[]) {
  const { findings } = await preview(chart(documents(...manifests)), helm4, { beside: 'never' });
  return findings.filter(({ severity }) => severity !== 'note').map(({ severity, rule }) => `${severity} ${rule}`);
}

const operator = (name: string, rule: string) => documents(account(name, rule), deployment(name, `serviceAccountName: ${name}`));
const everything = '{apiGroups: [example.com], resources: ["*"], verbs: ["*"]}';
const holding = '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, update]}';
const reading = '{apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch]}';
const writing = '{apiGroups: [example.com], resources: [widgets], verbs: [create, update, delete]}';

describe('a custom resource whose definition is in another chart', () => {
  test('goes after its operator, which is named after it and may write its group or its finalizers', async () => {
    for (const rule of [everything, holding])
      assert.deepEqual(await found(operator('widget-operator', rule), widget()), ['warning operator-before-custom-resources']);
  });

  test('has no operator in a program that only reads or writes it', async () => {
    for (const rule of [reading, writing]) assert.deepEqual(await found(operator('widget-board', rule), widget()), []);
  });

  test('has no operator in a program of another name', async () =>
    assert.deepEqual(await found(operator('backup', everything), widget()), []));

  test('goes in time where a hook deletes it first', async () =>
    assert.deepEqual(
      await found(
        operator('widget-operator', everything),
        widget(),
        hookOfExample({ script: 'kubectl delete widgets.example.com one --timeout=60s' }),
      ),
      [],
    ));
});

test('an operator with rights in one namespace holds no custom resource of another, and none of the cluster', async () => {
  const inShop = documents(
    account('widget-operator', holding, ['', '', ', namespace: shop']),
    deployment('widget-operator', 'serviceAccountName: widget-operator'),
  ).replaceAll('kind: ClusterRoleBinding', 'kind: RoleBinding');
  const rule = 'warning operator-before-custom-resources';
  const at = (namespace: string) => widget().replace('namespace: shop', `namespace: ${namespace}`);
  assert.ok((await found(widgetCrd(), inShop, at('shop'))).includes(rule));
  assert.ok(!(await found(widgetCrd(), inShop, at('other'))).includes(rule));
  const ofCluster = widgetCrd().replace('scope: Namespaced', 'scope: Cluster');
  const anywhere = widget().replace(', namespace: shop', '');
  assert.ok((await found(ofCluster, operator('widget-operator', holding), anywhere)).includes(rule));
  assert.ok(!(await found(ofCluster, inShop, anywhere)).includes(rule));
});
