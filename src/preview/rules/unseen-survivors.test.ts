import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { account, deployment, documents, keepAnnotations, widget, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const rule = '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, update, patch]}';
const operatorWith = (text: string) =>
  documents(account('widget-operator', text), deployment('widget-operator', 'serviceAccountName: widget-operator'));
const kept = widgetCrd(keepAnnotations);

async function found(yaml: string, crds?: string) {
  const { findings } = await preview(chart(yaml, crds === undefined ? {} : { crds }), helm4, { beside: 'never' });
  return findings.map(({ severity, rule: id }) => `${severity} ${id}`);
}

describe('custom resources that nobody has seen', () => {
  test('outlive their operator where their definition is kept, and that is all that is said of it', async () => {
    const { findings } = await preview(chart(documents(kept, operatorWith(rule))), helm4);
    assert.deepEqual(
      findings.map(({ severity, rule: id }) => `${severity} ${id}`),
      ['warning finalizer-unserved'],
    );
    assert.match(
      findings[0]?.title ?? '',
      /^Custom resources of kind Widget, if any exist, outlive Deployment shop\/widget-operator/,
    );
    assert.match(findings[0]?.consequence ?? '', /It depends on whether custom resources of Widget exist then/);
  });

  test('outlive it where another tool keeps their definition by an annotation of its own', async () => {
    for (const metadata of [
      ', annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}',
      ', labels: {kustomize.toolkit.fluxcd.io/reconcile: Disabled}',
    ]) {
      const subject = { ...chart(documents(widgetCrd(metadata), operatorWith(rule))), from: 'files' as const };
      const { findings } = await preview(subject, { ...helm4, tool: 'flux' }, { beside: 'never' });
      assert.deepEqual(
        findings.map(({ severity, rule: id }) => `${severity} ${id}`),
        ['warning finalizer-unserved'],
        metadata,
      );
    }
  });

  test('are named by one kind where one is kept itself and with its definition', async () => {
    const { findings } = await preview(chart(documents(kept, operatorWith(rule), widget(keepAnnotations))), helm4, {
      beside: 'never',
    });
    assert.match(findings[0]?.title ?? '', /^Custom resources of kind Widget, /);
  });

  test('outlive it where their definition lies in crds/', async () =>
    assert.deepEqual(await found(operatorWith(rule), widgetCrd()), ['warning finalizer-unserved']));

  test('outlive it where they are of the release and kept themselves', async () => {
    const names = ', annotations: {helm.sh/resource-policy: keep}';
    assert.deepEqual(await found(documents(operatorWith(rule.replace('[widgets, ', '["*", ')), widget(names))), [
      'warning finalizer-unserved',
    ]);
  });

  test('are worth a note where the operator may not write finalizers', async () =>
    assert.deepEqual(await found(documents(kept, operatorWith(rule.replace(', widgets/finalizers', '')))), [
      'note custom-resources-unserved',
      'note kept',
    ]));

  test('are of no concern where a hook deletes all of them before', async () =>
    assert.deepEqual(await found(documents(kept, operatorWith(rule), hookOfExample({}))), ['note kept']));

  test('are still left where a hook deletes some of them', async () => {
    const some = hookOfExample({ script: 'kubectl delete widgets --all --timeout=60s' });
    assert.ok((await found(documents(kept, operatorWith(rule), some))).includes('warning finalizer-unserved'));
    const { findings } = await preview(chart(documents(kept, operatorWith(rule), some)), helm4, { beside: 'never' });
    assert.ok(findings.some(({ consequence }) => consequence.includes('Job shop/cleanup deletes only those in namespace shop')));
  });

  test('are none where a cluster was looked at and has none', async () => {
    const live = await release(chart(documents(kept, operatorWith(rule))));
    const { findings } = await preview(live, helm4, { beside: 'never' });
    assert.deepEqual(
      findings.map(({ severity, rule: id }) => `${severity} ${id}`),
      ['note kept'],
    );
  });
});
