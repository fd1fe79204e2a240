import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, inNamespace, widget, widgetCrd } from './examples.ts';

test('a custom resource in another namespace outlives the operator that goes with its own', async () => {
  const rights = '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, list, watch, update]}';
  const subject = chart(
    documents(
      widgetCrd(),
      account('widget-operator', rights),
      deployment('widget-operator', 'serviceAccountName: widget-operator'),
      inNamespace('other', widget(', finalizers: [example.com/drain]')),
    ),
  );
  const { findings, left } = await preview(subject, { ...helm4, tool: 'namespace' }, { beside: 'never' });
  assert.equal(findings[0]?.rule, 'finalizer-unserved');
  assert.ok(findings[0]?.objects.some(({ name, namespace }) => name === 'one' && namespace === 'other'));
  assert.ok(left.every(({ because }) => because === 'it is not in namespace shop'));
});
