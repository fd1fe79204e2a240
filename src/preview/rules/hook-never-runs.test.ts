import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const operator = documents(
  account('widget-operator', '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, update, patch]}'),
  deployment('widget-operator', 'serviceAccountName: widget-operator'),
);

async function found(yaml: string) {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

describe('a hook that Helm leaves out', () => {
  test('deletes nothing, whatever its other events are', async () => {
    for (const event of ['"pre-delete,pre-destroy"', '"pre-delete,"']) {
      const hook = hookOfExample({}).replaceAll('helm.sh/hook: pre-delete', `helm.sh/hook: ${event}`);
      const rules = await found(documents(widgetCrd(), operator, hook));
      assert.ok(rules.includes('note hook-never-runs'), event);
      assert.ok(rules.includes('warning operator-before-custom-resources'), event);
    }
  });

  test('is one with an empty event', async () => {
    const empty = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop, annotations: {helm.sh/hook: ""}}\n';
    assert.deepEqual(await found(documents(empty, deployment('web'))), ['note hook-never-runs']);
  });
});

test('a definition that is a hook stays, and its custom resources outlive their operator', async () => {
  const annotations = ', annotations: {helm.sh/hook: pre-install, helm.sh/hook-delete-policy: hook-succeeded}';
  const { findings } = await preview(chart(documents(widgetCrd(annotations), operator)), helm4, { beside: 'never' });
  assert.deepEqual(
    findings.map(({ severity, rule }) => `${severity} ${rule}`),
    ['warning finalizer-unserved'],
  );
  assert.match(JSON.stringify(findings[0]?.evidence), /Helm deletes no CustomResourceDefinition of a hook/);
});
