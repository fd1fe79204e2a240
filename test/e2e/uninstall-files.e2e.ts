/**
 * `bookend uninstall -f` and `--namespace-delete` on a real cluster: the naive operator as plain manifests, whose agent
 * needs its rights to stop. Killed in the middle, refused for what would be lost.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Receipt } from '../../src/residue/receipt.ts';
import { isSure } from '../../src/residue/verdict.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import { until } from '../../tools/lab/observe.ts';
import { killedAfter } from './killed.ts';
import { naiveChart, useNaiveRelease } from './naive-release.ts';

const namespace = 'e2e-unfiles';
const label = 'unfiles.e2e.bookend.dev/agent';

/** What stays when the namespace goes, and what would be lost with it. */
const beside = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: ${namespace}}
spec: {storageClassName: none, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Service
metadata: {name: gate, namespace: ${namespace}}
spec: {selector: {app: gate}, ports: [{port: 443}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: ${namespace}}
webhooks:
  - name: gate.unfiles.e2e.bookend.dev
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    clientConfig: {service: {namespace: ${namespace}, name: gate}}
    rules: [{apiGroups: [unfiles.e2e.bookend.dev], apiVersions: ["*"], operations: [CREATE], resources: ["*"]}]
`;

describe('bookend uninstall without Helm', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-unfiles-'));
  after(() => rmSync(directory, { recursive: true }));
  const manifests = join(directory, 'agent.yaml');

  const { opened, labelled } = useNaiveRelease(namespace, label);
  const args = (words: string[]) => ['uninstall', ...words, '--kubeconfig', opened().kubeconfig];
  const uninstall = (...words: string[]) => bookend(opened(), args(words), { timeoutMs: 90_000 });
  const apply = async () => {
    const words = ['template', namespace, naiveChart, '-n', namespace, '--include-crds', '--set', `label=${label}`];
    const { stdout } = await opened().run('helm4', words);
    writeFileSync(manifests, stdout);
    await opened()
      .run('kubectl', ['create', 'namespace', namespace])
      .catch(() => {});
    // The definition is served a moment after it was made.
    await until(
      'the manifests to be applied',
      async () => (await opened().attempt('kubectl', ['apply', '-n', namespace, '-f', manifests])).code === 0,
    );
    await until('the agent to label its node', async () => (await labelled()) > 0);
  };
  const traces = async () => {
    const { stdout } = await opened().run('kubectl', ['get', 'secrets,leases', '-A', '-o', 'name']);
    return stdout.split('\n').filter((line) => line.includes('bookend.uninstall'));
  };
  const receiptOf = ({ status, stdout, stderr }: ReturnType<typeof uninstall>): Receipt => {
    assert.ok(status === 0 || status === 10, stderr + stdout);
    const receipt = JSON.parse(stdout) as Receipt;
    assert.deepEqual([receipt.residue.filter(isSure), receipt.failedPreStopHooks], [[], []]);
    return receipt;
  };

  test('what a directory names goes in order, killed on its way; the definition goes too', async () => {
    await apply();
    await killedAfter(3_000, args(['-f', directory, '-n', namespace, '--yes']));
    const receipt = receiptOf(uninstall('-f', directory, '-n', namespace, '--yes', '-o', 'json'));
    assert.equal(receipt.from, 'files');
    assert.equal(await labelled(), 0, 'the agent has taken its label off the Node');
    const { stdout } = await opened()
      .run('kubectl', ['get', '-n', namespace, '-f', manifests, '--ignore-not-found', '-o', 'name'])
      .catch(() => ({ stdout: '' }));
    assert.equal(stdout, '');
    assert.deepEqual(await traces(), []);
    assert.equal(uninstall('-f', directory, '-n', namespace, '--yes').status, 3, 'nothing of it exists any more');
  });

  test('a namespace goes with all that is in it, once what it would lose is named', async () => {
    await apply();
    const more = join(directory, 'beside.yaml');
    writeFileSync(more, beside);
    await opened().run('kubectl', ['apply', '-f', more]);
    const words = ['--namespace-delete', namespace];
    const refused = uninstall(...words, '--yes');
    assert.equal(refused.status, 7, refused.stderr);
    assert.match(refused.stderr, /has 1 claim, which would go with it: PersistentVolumeClaim e2e-unfiles\/data/);
    const dry = uninstall(...words, '--claims', 'delete', '--dry-run');
    assert.match(
      dry.stdout,
      /outside {2}ValidatingWebhookConfiguration e2e-unfiles calls a Service here: .*--also validatingwebhookconfigurations\/e2e-unfiles/,
    );
    const binding = `clusterrolebindings/${namespace}-agent`;
    assert.match(dry.stdout, new RegExp(`who makes it again has these rights; to delete it too: --also ${binding}`));
    const also = ['--also', `validatingwebhookconfigurations/${namespace}`, '--also', binding];
    const named = [...words, '--claims', 'delete', ...also, '--yes'];
    await killedAfter(3_000, args(named));
    const receipt = receiptOf(uninstall(...named, '-o', 'json'));
    assert.equal(receipt.from, 'namespace');
    assert.equal(await labelled(), 0, 'the agent has taken its label off the Node');
    assert.ok(receipt.gone.some(({ id }) => id === `Namespace/${namespace}`));
    const { stdout } = await opened().run('kubectl', ['get', 'namespace', namespace, '--ignore-not-found', '-o', 'name']);
    assert.equal(stdout, '');
    await until('the record of the namespace to be collected', async () => (await traces()).length === 0);
    // What has no namespace stayed.
    await opened().attempt('kubectl', ['delete', '-f', manifests, '--ignore-not-found', '--wait=false']);
  });
});
