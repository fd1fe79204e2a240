import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, widget, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const operator = documents(
  account(
    'widget-operator',
    '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, list, watch, update, patch]}',
  ),
  deployment('widget-operator', 'serviceAccountName: widget-operator'),
);

/** What is found of an operator whose hook runs the script. */
async function found(script: string, definition = widgetCrd()) {
  const { findings } = await preview(chart(documents(definition, operator, hookOfExample({ script }))), helm4, {
    beside: 'never',
  });
  return findings.filter(({ severity }) => severity !== 'note');
}

const rules = async (script: string) => (await found(script)).map(({ severity, rule }) => `${severity} ${rule}`);
const others = ['warning operator-before-custom-resources', 'warning custom-resources-wiped'];

describe('a hook that deletes custom resources', () => {
  test('of all namespaces leaves none to hang', async () => {
    assert.deepEqual(await rules('kubectl delete widgets --all -A --timeout=60s'), []);
    assert.deepEqual(await rules('kubectl delete widgets.example.com --all --all-namespaces --timeout=60s'), []);
  });

  test('of its own namespace, of one name or of one label leaves the others to hang', async () => {
    for (const script of [
      'kubectl delete widgets --all --timeout=60s',
      'kubectl -n shop delete widget --all --timeout=60s',
      'kubectl delete widget main --ignore-not-found --timeout=60s',
      'kubectl delete widgets -A -l app=shop --timeout=60s',
    ])
      assert.deepEqual(await rules(script), others, script);
  });

  test('of a category of their kind leaves none to hang', async () => {
    const definition = widgetCrd().replace('singular: widget}', 'singular: widget, categories: [shop]}');
    const findings = await found('kubectl delete shop --all -A --timeout=60s', definition);
    assert.deepEqual(findings, []);
  });

  test('says which it deletes', async () => {
    const [finding] = await found('kubectl delete widgets --all --timeout=60s');
    assert.match(finding?.title ?? '', /goes before the custom resources of kind Widget that Job shop\/cleanup does not delete$/);
    assert.match(
      finding?.consequence ?? '',
      /deletes only those in namespace shop, so this happens to those in other namespaces\./,
    );
    assert.deepEqual(
      finding?.remedies.slice(0, 1).map(({ steps }) => steps),
      [[{ do: 'hook', delete: [{ kind: 'widgets.example.com', all: true }] }]],
    );
  });

  test('one namespace after the other may delete all of them', async () => {
    const script = 'for ns in $(kubectl get ns -o name); do kubectl delete widgets --all -n "$ns" --timeout=60s; done';
    assert.ok(!(await rules(script)).includes('warning custom-resources-wiped'));
  });

  test('of its own namespace is enough where the operator may write in this namespace only', async () => {
    const inOne = operator
      .replaceAll('kind: ClusterRole', 'kind: Role')
      .replaceAll('metadata: {name: widget-operator}', 'metadata: {name: widget-operator, namespace: shop}');
    const hook = hookOfExample({ script: 'kubectl delete widgets --all --timeout=60s' });
    const { findings } = await preview(chart(documents(widgetCrd(), inOne, hook)), helm4, { beside: 'never' });
    assert.ok(!findings.some(({ rule }) => rule === 'operator-before-custom-resources'));
  });

  test('when all else is gone comes too late', async () => {
    const late = hookOfExample({}).replaceAll('helm.sh/hook: pre-delete', 'helm.sh/hook: post-delete');
    const { findings } = await preview(chart(documents(widgetCrd(), operator, widget(), late)), helm4, { beside: 'never' });
    assert.ok(findings.some(({ rule }) => rule === 'operator-before-custom-resources'));
  });
});
