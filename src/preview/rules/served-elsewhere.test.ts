import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4, release } from '../testing/subjects.ts';
import { account, deployment, documents, widgetCrd } from './examples.ts';

const operatorOf = (resources: string) =>
  documents(
    account('widget-operator', `{apiGroups: [example.com], resources: [${resources}], verbs: [get, list, watch, update, patch]}`),
    deployment('widget-operator', 'serviceAccountName: widget-operator'),
  );

async function found(yaml: string) {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'custom-resources-unserved');
}

describe('an operator whose definitions are in another release', () => {
  test('leaves their custom resources, and what it made of them, to nobody', async () => {
    const [finding] = await found(operatorOf('widgets, widgets/status, widgets/finalizers'));
    assert.match(finding?.title ?? '', /^Deployment shop\/widget-operator serves a kind whose definition is elsewhere$/);
    assert.match(finding?.consequence ?? '', /^Custom resources of widgets\.example\.com outlive it\./);
    assert.match(
      finding?.consequence ?? '',
      /Nobody can delete those of widgets\.example\.com that have a finalizer of the operator/,
    );
    assert.deepEqual(
      finding?.remedies.flatMap(({ steps }) => steps),
      [{ do: 'run', when: 'before', argv: ['kubectl', 'get', 'widgets.example.com', '--all-namespaces'], looks: true }],
    );
  });

  test('is none where it only reads or makes objects of the kind, or may do everything', async () => {
    for (const resources of ['widgets', '"*"', '"*/status"']) assert.deepEqual(await found(operatorOf(resources)), [], resources);
  });

  test('is none where the definition goes with the release, or a cluster was looked at', async () => {
    const operator = operatorOf('widgets, widgets/status');
    assert.deepEqual(await found(documents(widgetCrd(), operator)), []);
    const { findings } = await preview(await release(chart(operator)), helm4, { beside: 'never' });
    assert.ok(!findings.some(({ rule }) => rule === 'custom-resources-unserved'));
  });
});
