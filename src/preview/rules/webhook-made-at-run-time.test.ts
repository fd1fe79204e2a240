import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents } from './examples.ts';
import { meta } from './webhook-made-at-run-time.ts';

const maker = (service: string) =>
  documents(
    account(
      'maker',
      '{apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [create, update]}',
    ),
    deployment('maker', 'serviceAccountName: maker'),
    `apiVersion: v1\nkind: Service\n${service}`,
  );

async function isFound(service: string): Promise<boolean> {
  const { findings } = await preview(chart(maker(service)), helm4, { beside: 'never' });
  return findings.some(({ rule }) => rule === meta.id);
}

test('the program serves webhooks where its Service or the port says so, by name or by a usual number', async () => {
  const service = (name: string, port: string) =>
    `metadata: {name: ${name}, namespace: shop}\nspec: {selector: {app: maker}, ports: [${port}]}\n`;
  for (const [name, port] of [
    ['maker', '{port: 443}'],
    ['maker', '{port: 9443}'],
    ['maker', '{port: 8000, name: webhook}'],
    ['maker-webhooks', '{port: 8000}'],
  ] as const)
    assert.ok(await isFound(service(name, port)), `${name} ${port}`);
  assert.ok(!(await isFound(service('maker', '{port: 8080, name: metrics}'))));
});
