import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Log } from 'sarif';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import { lintDocumentSchema } from './schema.ts';
import { below } from './subjects.ts';

const agent = (name: string) => `apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}}
rules: [{apiGroups: [""], resources: [nodes], verbs: [patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name}}
subjects: [{kind: ServiceAccount, name: ${name}, namespace: shop}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: main
          image: example.com/agent:1
          lifecycle: {preStop: {exec: {command: [kubectl, label, node, "$(NODE)", example.com/agent-]}}}
`;

const directory = mkdtempSync(join(tmpdir(), 'bookend-several-'));
const path = (...parts: string[]) => join(directory, ...parts);
function put(text: string, ...parts: string[]): string {
  mkdirSync(path(...parts.slice(0, -1)), { recursive: true });
  writeFileSync(path(...parts), text);
  return path(...parts);
}
function chart(name: string, template: string, type = 'application'): string {
  put(`apiVersion: v2\nname: ${name}\nversion: 0.1.0\ntype: ${type}\n`, 'charts', name, 'Chart.yaml');
  put(template, 'charts', name, 'templates', 'all.yaml');
  return path('charts', name);
}
/** A Helm that prints templates as they are. */
const helm = put(
  '#!/bin/sh\ncase "$3" in *broken*) echo "Error: it is broken" >&2; exit 1;; esac\necho "# Source: x/templates/all.yaml"\ncat "$3/templates/all.yaml"\n',
  'helm',
);
chmodSync(helm, 0o755);
const good = chart('good', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
const bad = chart('bad', agent('agent'));
const worse = chart('worse', agent('agent'));
const broken = chart('broken', '');
const library = chart('library', '', 'library');
put('apiVersion: v2\nname: inner\n', 'charts', 'good', 'charts', 'inner', 'Chart.yaml');
const loose = put('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n', 'charts', 'loose.yaml');

const lint = (...args: string[]) =>
  simulatedTerminal().run(['lint', ...args], { offline: true, environment: { HELM_BIN: helm } });

describe('bookend lint of several', () => {
  test('judges each by itself, and ends with 1 when one of them has findings', async () => {
    const { exitCode, out, err } = await lint(good, bad, loose);
    assert.equal(exitCode, 1);
    assert.equal(err, '');
    const verdicts = out.split('\n').filter((line) => /^[✓✗!] helm|^[✓✗!] kubectl/.test(line));
    assert.equal(verdicts.length, 3);
    assert.match(out, new RegExp(`\n✗ 3 checked; 1 with findings of severity error or worse: ${bad}\n$`));
    assert.equal((await lint(good, loose)).exitCode, 0);
    assert.equal((await lint(good, bad, '--fail-on', 'never')).exitCode, 0);
  });

  test('goes on where one cannot be looked at, says which, and ends with 2', async () => {
    const { exitCode, out, err } = await lint(broken, bad, good);
    assert.equal(exitCode, 2);
    assert.match(err, /it is broken/);
    assert.match(out, /ERROR Permissions end before the Pods/);
    assert.match(out, new RegExp(`; 1 could not be read: ${broken}\n$`));
  });

  test('has all in one document', async () => {
    const { exitCode, out, err } = await lint(good, bad, broken, '-o', 'json');
    assert.deepEqual([exitCode, err], [2, '']);
    const document = lintDocumentSchema.parse(JSON.parse(out));
    assert.deepEqual(
      document.previews.map(({ subject, findings }) => [subject.name, findings.length > 0]),
      [
        [good, false],
        [bad, true],
      ],
    );
    assert.deepEqual(
      document.errors.map(({ subject, error }) => [subject, error.code]),
      [[broken, 'bad-input']],
    );
  });

  test('has all in one SARIF run, in which findings name their chart and equal ones are told apart', async () => {
    const report = path('out.sarif');
    const { exitCode, err } = await lint(bad, worse, broken, '-o', 'sarif', '--output-file', report);
    assert.equal(exitCode, 2);
    assert.match(err, /3 checked; 2 with findings.*\nsarif report: .*out\.sarif\n$/s);
    const log = JSON.parse(readFileSync(report, 'utf8')) as Log;
    assert.equal(log.runs.length, 1);
    const [run] = log.runs;
    const results = run?.results ?? [];
    const of = (name: string) => results.filter(({ properties }) => properties?.subject === name);
    assert.ok(of(bad).length > 0);
    assert.equal(of(bad).length, of(worse).length);
    assert.ok(of(bad).every(({ message }) => message.text?.startsWith(`${bad}: `)));
    const prints = results.map(({ partialFingerprints }) => partialFingerprints?.['bookendFinding/v1']);
    assert.equal(new Set(prints).size, prints.length);
    assert.equal(run?.invocations?.[0]?.executionSuccessful, false);
    assert.match(run?.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text ?? '', /broken: .*it is broken/);
  });

  test('finds the charts below a directory with -R, leaves out libraries and what is part of another', async () => {
    assert.deepEqual(await below([path('charts')]), [bad, broken, good, library, loose, worse]);
    const { exitCode, out, err } = await lint('-R', path('charts'), '-o', 'json');
    assert.equal(exitCode, 2);
    assert.match(err, /note: .*library is a library chart/);
    const { previews, errors } = lintDocumentSchema.parse(JSON.parse(out));
    assert.deepEqual(
      previews.map(({ subject }) => subject.name),
      [bad, good, worse, loose],
    );
    assert.equal(errors.length, 1);
  });

  test('refuses outputs that show one chart', async () => {
    const { exitCode, err } = await lint(good, bad, '-o', 'html');
    assert.equal(exitCode, 2);
    assert.match(err, /-o html supports one chart, but 2 are given/);
  });
});
