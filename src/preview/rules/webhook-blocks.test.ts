import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tool } from '../../uninstall/scenario.ts';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { documents, webhookServer } from './examples.ts';
import { gate, webhooks } from './testing/pieces.ts';

const gateOf = (policy: 'Fail' | 'Ignore', operations: string) =>
  JSON.stringify(webhooks('Validating', 'gate', [gate(policy, operations, 'example.com', 'widgets', 'widget-webhook')]));

async function found(configuration: string, tool: Tool) {
  const subject = chart(documents(`${configuration}\n`, webhookServer));
  const { findings } = await preview(subject, { ...helm4, tool }, { beside: 'never' });
  return findings.map(({ severity, rule }) => `${severity} ${rule}`);
}

describe('a webhook configuration that is deleted after its backend', () => {
  test('refuses deletions and updates in between, as Helm 3 deletes', async () => {
    for (const operations of ['UPDATE DELETE', 'CREATE UPDATE', '*'])
      assert.deepEqual(await found(gateOf('Fail', operations), 'helm3'), ['warning webhook-blocks'], operations);
  });

  test('is told of with the requests that it refuses, and no others', async () => {
    for (const [operations, title, harm] of [
      ['UPDATE', 'every UPDATE of widgets', ', also the removal of finalizers;'],
      ['DELETE', 'every DELETE of widgets', ', also deletions;'],
      ['*', 'every request of widgets', ', also deletions and the removal of finalizers;'],
    ] as const) {
      const subject = chart(documents(`${gateOf('Fail', operations)}\n`, webhookServer));
      const [finding] = (await preview(subject, { ...helm4, tool: 'helm3' }, { beside: 'never' })).findings;
      assert.ok(finding);
      assert.ok(finding.title.endsWith(`refuses ${title} until then`), finding.title);
      assert.ok(finding.consequence.includes(harm), finding.consequence);
    }
  });

  test('refuses nothing that its conditions and scopes keep from it', async () => {
    const narrowed = (operations: string, more: Record<string, unknown>, rule: Record<string, unknown> = {}) => {
      const webhook = gate('Fail', operations, '', 'configmaps', 'widget-webhook', { more });
      const rules = (webhook as unknown as { rules: Record<string, unknown>[] }).rules.map((each) => ({ ...each, ...rule }));
      return JSON.stringify(webhooks('Validating', 'gate', [{ ...webhook, rules }]));
    };
    const when = (expression: string) => ({ matchConditions: [{ name: 'when', expression }] });
    const blocked = ['warning webhook-blocks'];
    assert.deepEqual(await found(narrowed('DELETE', when('false')), 'helm3'), []);
    assert.deepEqual(await found(narrowed('DELETE', when("request.operation != 'DELETE'")), 'helm3'), []);
    assert.deepEqual(await found(narrowed('UPDATE DELETE', when("request.operation != 'DELETE'")), 'helm3'), blocked);
    assert.deepEqual(await found(narrowed('DELETE', when("request.namespace != 'shop'")), 'helm3'), blocked);
    assert.deepEqual(await found(narrowed('DELETE', when("oldObject.metadata.name == 'a'")), 'helm3'), blocked);
    assert.deepEqual(await found(narrowed('DELETE', {}, { scope: 'Cluster' }), 'helm3'), []);
    assert.deepEqual(await found(narrowed('DELETE', {}, { scope: 'Namespaced' }), 'helm3'), blocked);
  });

  test('is none with Helm 4, which deletes it first of all', async () =>
    assert.deepEqual(await found(gateOf('Fail', 'UPDATE DELETE'), 'helm4'), []));

  test('harms nobody where it judges creations alone, or lets everything pass', async () => {
    assert.deepEqual(await found(gateOf('Fail', 'CREATE'), 'helm3'), []);
    assert.deepEqual(await found(gateOf('Ignore', 'UPDATE DELETE'), 'helm3'), []);
  });
});

describe('a webhook configuration that outlives its namespace', () => {
  const inNamespace = (more: Record<string, unknown>) =>
    JSON.stringify(webhooks('Mutating', 'gate', [gate('Fail', 'CREATE', '', 'pods', 'widget-webhook', { more })]));
  const only = (...values: string[]) => ({
    namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }] },
  });

  test('refuses in all others, or only where that namespace is created again', async () => {
    assert.ok((await found(inNamespace({}), 'namespace')).includes('error webhook-blocks'));
    assert.ok((await found(inNamespace(only('shop', 'other')), 'namespace')).includes('error webhook-blocks'));
    assert.ok((await found(inNamespace(only('shop')), 'namespace')).includes('warning webhook-blocks'));
    const labelled = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } };
    assert.ok((await found(inNamespace(labelled), 'namespace')).includes('warning webhook-blocks'));
    const marked = { namespaceSelector: { matchLabels: { team: 'shop' } } };
    assert.ok((await found(inNamespace(marked), 'namespace')).includes('error webhook-blocks'));
  });
});
