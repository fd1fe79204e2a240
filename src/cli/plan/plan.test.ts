import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';

const manifests = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: agent}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {serviceAccountName: agent, containers: [{name: main, image: example.com/a:1}]}
`;
const clusterOperator = (dependsOn: string) => `
apiVersion: bookend.dev/v1alpha1
kind: ClusterOperator
metadata: {name: two}
spec:
  namespace: shop
  components:
    - {name: data, ${dependsOn} objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: data}}]}
    - {name: app, dependsOn: [data], objects: [{apiVersion: v1, kind: Secret, metadata: {name: app}}]}
`;

const plan = (input: string, ...args: string[]) =>
  simulatedTerminal().run(['plan', '-f', '-', ...args], { input, offline: true });

describe('bookend plan', () => {
  test('prints the order with its waves, without any cluster', async () => {
    const { exitCode, out } = await plan(manifests);
    assert.equal(exitCode, 0);
    assert.equal(
      out,
      '2 objects in 2 waves:\n1  DaemonSet default/agent\n2  ServiceAccount default/agent  (after DaemonSet default/agent)\n',
    );
  });

  test('explains each edge by the field that proves it, and each rule by what goes wrong', async () => {
    const { out } = await plan(manifests, '--explain');
    assert.match(
      out,
      /DaemonSet default\/agent needs ServiceAccount default\/agent \(service-account: spec.template.spec.serviceAccountName = agent\)/,
    );
    assert.match(out, /Rules:\n {2}service-account: ./);
  });

  test('expands a ClusterOperator into the objects of its components', async () => {
    const { out } = await plan(clusterOperator(''), '-o', 'json');
    const { steps } = JSON.parse(out) as { steps: { object: string; wave: number; component: string; after: string[] }[] };
    assert.deepEqual(steps, [
      { object: 'Secret/shop/app', wave: 1, mode: 'delete', component: 'app', after: [] },
      { object: 'ConfigMap/shop/data', wave: 2, mode: 'delete', component: 'data', after: ['Secret/shop/app'] },
    ]);
  });

  test('refuses a ClusterOperator that etcd could not store, before anybody applies it', async () => {
    const objects = Array.from({ length: 900 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `c-${index}` },
      data: { text: 'x'.repeat(1_200) },
    }));
    const spec = { namespace: 'shop', components: [{ name: 'all', objects }] };
    const { exitCode, err } = await plan(
      JSON.stringify({ apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', metadata: { name: 'big' }, spec }),
    );
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /ClusterOperator big is too large: 900 objects of [\d,]+ kB, and \d+ kB for their status; etcd stores at most/,
    );
  });

  test('refuses an object that two files contain, and names both places', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-plan-'));
    const files = ['a.yaml', 'b.yaml'].map((name) => join(directory, name));
    for (const file of files) writeFileSync(file, `# ${file}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\n`);
    const { exitCode, err } = await simulatedTerminal().run(['plan', ...files.flatMap((file) => ['-f', file])], {
      offline: true,
    });
    assert.equal(exitCode, 2);
    assert.match(err, /ConfigMap default\/twice is given twice: \S+a\.yaml:2 and \S+b\.yaml:2/);
  });

  test('draws diagrams in which an arrow means "is gone before"', async () => {
    assert.match(
      (await plan(manifests, '-o', 'mermaid')).out,
      /n0\["DaemonSet default\/agent"\]\n {2}n1\["ServiceAccount.*\n {2}n0 --> n1/,
    );
    assert.match((await plan(manifests, '-o', 'dot')).out, /^digraph teardown \{[^}]*n0 -> n1;\n\}\n$/);
  });

  test('refuses a circle with each of its edges', async () => {
    const { exitCode, err } = await plan(clusterOperator('dependsOn: [app],'));
    assert.equal(exitCode, 2);
    assert.match(err, /need each other in a cycle/);
    assert.match(err, /dependsOn: spec\.components\[\d\]\.dependsOn\[0\]/);
  });

  test('refuses what is no manifest, with file and line, and a ClusterOperator with the field at fault', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-plan-'));
    writeFileSync(join(directory, 'broken.yaml'), 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\nkind: [\n');
    const { run } = simulatedTerminal();
    const broken = await run(['plan', '-f', directory], { offline: true });
    assert.equal(broken.exitCode, 2);
    assert.match(broken.err, /broken\.yaml:\d/);
    const wrong = await plan(
      '{"apiVersion":"bookend.dev/v1alpha1","kind":"ClusterOperator","metadata":{"name":"x"},"spec":{"components":[{"name":"A"}]}}',
    );
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.err, /spec\.components\[0\]\.name/);
    assert.match((await run(['plan', '-f', '/does/not/exist'], { offline: true })).err, /does not exist/);
    assert.match((await run(['plan'])).err, /no input given/);
  });
});
