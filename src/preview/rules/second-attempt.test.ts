import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, keepAnnotations, widgetCrd } from './examples.ts';
import { hookExample, hookOfExample } from './hook-examples.ts';

async function titles(yaml: string, rule: string): Promise<string[]> {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.filter((each) => each.rule === rule).map(({ severity, title }) => `${severity} ${title}`);
}

describe('A second uninstall after one that was broken off', () => {
  const script = 'kubectl delete widgets.example.com --all --all-namespaces --timeout=60s';

  test('has no account for its hook where that is an ordinary object of the release', async () => {
    const job = hookOfExample({ script }).slice(hookOfExample({ script }).indexOf('apiVersion: batch/v1'));
    const ordinary = account('cleanup', '{apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch, delete]}');
    const [title = ''] = await titles(documents(ordinary, job, widgetCrd(keepAnnotations)), 'hook-breaks-retry');
    assert.match(title, /^note After an interrupted uninstall, Hook Job shop\/cleanup may stop the next one/);
    assert.match(title, /ServiceAccount shop\/cleanup/);
  });

  test('has no definition of the kinds that its hook asks for where the release defines them', async () => {
    const [title = ''] = await titles(documents(hookOfExample({ script }), widgetCrd()), 'hook-breaks-retry');
    assert.match(title, /it needs CustomResourceDefinition widgets\.example\.com$/);
    const forgiven = hookOfExample({ script: `${script} || true` });
    assert.deepEqual(await titles(documents(forgiven, widgetCrd()), 'hook-breaks-retry'), []);
  });

  test('has all that it needs where everything is a hook and the definition stays', async () =>
    assert.deepEqual(await titles(hookExample({}), 'hook-breaks-retry'), []));
});

describe('Of a hook it is said', () => {
  test('that it fails where another release has taken its kind away', async () => {
    const rule = '{apiGroups: [example.net], resources: [gadgets], verbs: [get, list, watch, delete]}';
    const gadget = 'apiVersion: example.net/v1\nkind: Gadget\nmetadata: {name: one, namespace: shop}\n';
    const of = (script: string) => documents(hookOfExample({ script, rule }), gadget, deployment('web'));
    const all = 'kubectl delete gadgets.example.net --all';
    assert.deepEqual(await titles(of(`${all} || true`), 'hook-fails'), []);
    assert.deepEqual(await titles(of(all), 'hook-fails'), [
      'note Hook Job shop/cleanup fails where nothing defines gadgets.example.net any more',
    ]);
  });

  test('what the hooks before it have done, when it fails', async () => {
    const first = hookOfExample({ script: 'kubectl get widgets.example.com' });
    const second = hookOfExample({ script: 'kubectl delete widgets.example.com main --timeout=60s' })
      .slice(hookOfExample({}).indexOf('apiVersion: batch/v1'))
      .replace('name: cleanup,', 'name: second,')
      .replace('hook-weight: "0"', 'hook-weight: "5"');
    const { findings } = await preview(chart(documents(first, second, widgetCrd(keepAnnotations))), helm4);
    const failing = findings.find(({ rule, severity }) => rule === 'hook-fails' && severity !== 'note');
    assert.match(failing?.consequence ?? '', /Job shop\/cleanup has run by then, and what it did is not undone/);
  });
});
