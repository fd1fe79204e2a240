/** `bookend plan` on what custom resources name, in files and in a live cluster. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readYaml } from '../../objects/yaml.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

const definition = (kind: string, plural: string, scope: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.gateway.networking.k8s.io}
spec:
  group: gateway.networking.k8s.io
  names: {kind: ${kind}, plural: ${plural}}
  scope: ${scope}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`;
const manifests = [
  definition('GatewayClass', 'gatewayclasses', 'Cluster'),
  definition('Gateway', 'gateways', 'Namespaced'),
  definition('HTTPRoute', 'httproutes', 'Namespaced'),
  '{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: nginx}, spec: {controllerName: example.com/nginx}}',
  '{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: web, namespace: default}, spec: {gatewayClassName: nginx, listeners: []}}',
  '{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: shop, namespace: default}, spec: {parentRefs: [{name: web}], hostnames: [a]}}',
].join('\n---\n');

const directory = mkdtempSync(join(tmpdir(), 'bookend-'));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'gateways.yaml');
writeFileSync(file, manifests);

async function live() {
  const terminal = simulatedTerminal();
  for (const { object } of readYaml(manifests, file)) {
    await terminal.simulated.cluster.create(object);
    await terminal.simulated.settle(500);
  }
  return terminal;
}

describe('bookend plan --of a class that a Gateway names', () => {
  for (const from of ['files', 'the live cluster'] as const) {
    test(`names the Gateway and its routes, with the fields, from ${from}`, async () => {
      const { run } = from === 'files' ? simulatedTerminal() : await live();
      const source = from === 'files' ? ['-f', file] : [];
      const { out, err } = await run(['plan', ...source, '--of', 'gatewayclasses/nginx'], { offline: from === 'files' });
      assert.match(out, /\n2 objects need it, directly or indirectly:\n/, err);
      assert.match(out, /\n {2}Gateway default\/web\n {6}reference \(likely\): spec\.gatewayClassName = nginx\n/);
      assert.match(out, /\n {2}HTTPRoute default\/shop\n.*spec\.parentRefs\[0\]\.name = web\n/);
    });
  }
});

test('bookend delete of the definitions deletes what is named after what names it', async () => {
  const { run } = await live();
  const kinds = ['gatewayclasses', 'gateways', 'httproutes'].map((plural) => `crd/${plural}.gateway.networking.k8s.io`);
  const { out } = await run(['delete', ...kinds, '-o', 'json']);
  const order = (JSON.parse(out) as { deleted: { object: string }[] }).deleted.map(({ object }) => object.split('.')[0]);
  const places = ['HTTPRoute', 'Gateway', 'GatewayClass'].map((kind) => order.indexOf(kind));
  assert.deepEqual(
    places.toSorted((a, b) => a - b),
    places,
  );
  assert.ok(!places.includes(-1));
});
