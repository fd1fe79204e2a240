import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, keepAnnotations, widgetCrd } from './examples.ts';

const own = 'apiGroups: [example.com], resources: [widgets, widgets/finalizers]';
const writing = `{${own}, verbs: [get, list, watch, update, patch]}`;
const making = `${writing}\n  - {apiGroups: [apps], resources: [deployments], verbs: [create, delete]}`;
const ofPods = '{type: object, properties: {spec: {type: object, properties: {tolerations: {type: array}}}}}';

async function found(rule: string, schema?: string): Promise<string[]> {
  const definition = widgetCrd(keepAnnotations);
  const described =
    schema === undefined ? definition : definition.replace('openAPIV3Schema: {type: object}', `openAPIV3Schema: ${schema}`);
  const operator = deployment('widget-operator', 'serviceAccountName: widget-operator');
  const { findings } = await preview(chart(documents(described, operator, account('widget-operator', rule))), helm4, {
    beside: 'never',
  });
  const rules = ['finalizer-unserved', 'custom-resources-unserved'];
  return findings.filter((each) => rules.includes(each.rule)).map(({ severity, rule: id }) => `${severity} ${id}`);
}

describe('The right to the finalizers of a kind speaks for finalizers', () => {
  test('where the operator makes nothing that a custom resource could own', async () =>
    assert.deepEqual(await found(writing, ofPods), ['warning finalizer-unserved']));

  test('where it makes workloads, but the kind describes no Pods', async () =>
    assert.deepEqual(await found(making), ['warning finalizer-unserved']));

  test('not where it makes Pods of the kind: owner references need the same right', async () =>
    assert.deepEqual(await found(making, ofPods), ['note custom-resources-unserved']));

  test('not where it may not change the objects themselves', async () =>
    assert.deepEqual(
      await found(
        `{apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch]}\n  - {apiGroups: [example.com], resources: [widgets/finalizers], verbs: [update]}`,
      ),
      ['note custom-resources-unserved'],
    ));
});

test('All of its own group includes the finalizers of its kinds', async () => {
  const rule = '{apiGroups: [example.com], resources: ["*"], verbs: ["*"]}';
  const operator = documents(
    deployment('widget-operator', 'serviceAccountName: widget-operator'),
    account('widget-operator', rule),
  );
  const rulesFor = async (yaml: string) =>
    (await preview(chart(yaml), helm4, { beside: 'never' })).findings.map(({ severity, rule: id }) => `${severity} ${id}`);
  const all = await rulesFor(documents(widgetCrd(), operator));
  assert.ok(all.includes('warning operator-before-custom-resources'), all.join());
  const ofEverything = await rulesFor(documents(widgetCrd(), operator.replace('[example.com]', '["*"]')));
  assert.ok(!ofEverything.includes('warning operator-before-custom-resources'), ofEverything.join());
});
