/**
 * `bookend uninstall` of charts that know nothing of Bookend, on a real cluster: a naive operator whose agent needs its
 * rights to stop, and a chart with hooks and something to keep. Killed in the middle, refused for want of rights; what
 * Helm knows afterwards, and whether the same chart installs again.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { verdictExitCodes } from '../../src/residue/exit-codes.ts';
import type { Receipt } from '../../src/residue/receipt.ts';
import { isSure } from '../../src/residue/verdict.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { failedPreStopHooks } from '../../tools/lab/observe.ts';
import { killedAfter } from './killed.ts';
import { useNaiveRelease } from './naive-release.ts';

const namespace = 'e2e-uninstall';
const release = 'e2e-uninstall';
const label = 'uninstall.e2e.bookend.dev/agent';
const image = 'registry.bookend.dev/examples/node-agent:0.1.0';

/** Hooks that print and end; the first fails until a person opens the gate. */
const hooked = `
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
${['pre-delete', 'post-delete']
  .map(
    (event) => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${event}
  annotations: {helm.sh/hook: ${event}, helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: hook
          image: ${image}
          imagePullPolicy: Never
          command: [node, -e, "console.log('the gate is ' + process.env.GATE); process.exit(process.env.GATE === 'open' ? 0 : 1)"]
          env: [{name: GATE, valueFrom: {configMapKeyRef: {name: gate, key: gate, optional: true}}}]
`,
  )
  .join('---\n')}`;

describe('bookend uninstall', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-uninstall-'));
  after(() => rmSync(directory, { recursive: true }));

  const { opened, labelled, install: installNaive } = useNaiveRelease(release, label);
  const args = (flags: string[]) => ['uninstall', release, '-n', namespace, '--kubeconfig', opened().kubeconfig, ...flags];
  const uninstall = (...flags: string[]) => bookend(opened(), args(flags), { timeoutMs: 90_000 });
  const assertGone = async (helm: HelmVersion) => {
    const all = helm === 'helm3' ? ['-a'] : [];
    const { stdout } = await opened().run(helm, ['list', '-n', namespace, '-o', 'json', ...all]);
    assert.deepEqual(JSON.parse(stdout), [], 'Helm does not know the release');
    assert.equal(await labelled(), 0, 'the agent has taken its label off the Node');
    const { stdout: left } = await opened().run('kubectl', ['get', 'secrets,leases,jobs,pods', '-n', namespace, '-o', 'name']);
    assert.equal(left.trim(), '');
  };

  for (const helm of ['helm3', 'helm4'] satisfies HelmVersion[]) {
    // The same name each time: a chart whose uninstall left something would not install again.
    test(`${helm}: the naive chart goes without a failed hook and leaves nothing`, async () => {
      await installNaive(helm);
      const { status, stdout, stderr } = uninstall('--yes', '-o', 'json', '--check-reinstall');
      const receipt = JSON.parse(stdout) as Receipt;
      // An API of others that does not answer is named, and then nothing is called clean.
      assert.equal(status, receipt.verdict === 'clean' ? 0 : verdictExitCodes['clean-as-far-as-seen'], stderr + stdout);
      assert.deepEqual([receipt.residue.filter(isSure), receipt.failedPreStopHooks], [[], []]);
      assert.deepEqual(receipt.reinstall?.refused, []);
      assert.deepEqual(
        receipt.kept.map(({ id, by }) => [id, by]),
        [['CustomResourceDefinition.apiextensions.k8s.io/nodeagents.example.bookend.dev', 'helm']],
      );
      assert.ok(receipt.gone.some(({ id }) => id === `DaemonSet.apps/${namespace}/${release}`));
      await assertGone(helm);
      assert.deepEqual(await failedPreStopHooks(opened().cluster, namespace), []);
    });
  }

  test('killed again and again, it goes on where it was', async () => {
    await installNaive('helm4');
    for (const ms of [2_500, 4_000, 5_500].map((each) => each + Math.random() * 1_500)) await killedAfter(ms, args(['--yes']));
    const { status, stdout, stderr } = uninstall('--yes', '--ignore-not-found');
    assert.ok(endsWell(status), stderr + stdout);
    await assertGone('helm4');
    assert.deepEqual(await failedPreStopHooks(opened().cluster, namespace), []);
  });

  test('a failing hook stops it with its log; once the cause is removed the same command goes on', async () => {
    const lab = opened();
    const chart = join(directory, 'hooked');
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: hooked\nversion: 0.1.0\n');
    writeFileSync(join(chart, 'templates', 'all.yaml'), hooked);
    await lab.run('helm4', ['install', release, chart, '-n', namespace]);
    const failed = uninstall('--yes');
    assert.equal(failed.status, 7, failed.stderr);
    assert.match(failed.stderr, /a pre-delete hook of release e2e-uninstall failed: .*its log: the gate is undefined/);
    assert.equal(
      (await lab.run('kubectl', ['get', 'cm', 'settings', '-n', namespace, '-o', 'name'])).stdout,
      'configmap/settings\n',
    );
    const { stdout: status } = await lab.run('helm4', ['status', release, '-n', namespace, '-o', 'json']);
    assert.equal(JSON.parse(status).info.status, 'uninstalling');
    await lab.run('kubectl', ['create', 'configmap', 'gate', '--from-literal=gate=open', '-n', namespace]);
    const again = uninstall('--yes');
    assert.ok(endsWell(again.status), again.stderr + again.stdout);
    const left = await lab.run('kubectl', [
      'get',
      'cm',
      'kept',
      'settings',
      'gate',
      '--ignore-not-found',
      '-n',
      namespace,
      '-o',
      'name',
    ]);
    assert.equal(left.stdout, 'configmap/kept\nconfigmap/gate\n');
    await assertGone('helm4');
    await lab.run('kubectl', ['delete', 'cm', 'kept', 'gate', '-n', namespace]);
  });

  test('somebody with too few rights gets a list of all that is missing; the plugins of Helm 3 and 4 do the rest', async () => {
    const lab = opened();
    await installNaive('helm4');
    await lab.run('kubectl', ['create', 'serviceaccount', 'jane', '-n', namespace]);
    await lab.run('kubectl', [
      'create',
      'rolebinding',
      'jane',
      '--clusterrole=admin',
      `--serviceaccount=${namespace}:jane`,
      '-n',
      namespace,
    ]);
    const { status, stderr } = uninstall('--yes', '--as', `system:serviceaccount:${namespace}:jane`);
    assert.equal(status, 4, stderr);
    assert.match(
      stderr,
      /permissions are missing for this uninstall: .*delete clusterroles\.rbac\.authorization\.k8s\.io \(e2e-uninstall-agent\)/,
    );
    assert.match(stderr, /delete clusterrolebindings\.rbac\.authorization\.k8s\.io \(e2e-uninstall-agent\)/);
    assert.ok((await labelled()) > 0);
    for (const [helm, folder] of [
      ['helm3', 'helm3-bookend'],
      ['helm4', 'helm-bookend'],
    ] as const) {
      await lab.run(helm, ['plugin', 'install', join(root, 'plugins', folder)]);
      const words = ['bookend', 'uninstall', release, '-n', namespace, '--kubeconfig', lab.kubeconfig];
      const asked = await lab.attempt(helm, words);
      assert.equal(asked.code, 2, asked.stderr);
      assert.match(asked.stderr, /there is no terminal to ask for confirmation/);
      const { stdout } = await lab.run(helm, [...words, '--dry-run']);
      assert.match(stdout, /Release e2e-uninstall in namespace e2e-uninstall/);
      if (helm === 'helm4') await lab.attempt(helm, [...words, '--yes']);
      await lab.run(helm, ['plugin', 'uninstall', 'bookend']);
    }
    await assertGone('helm4');
  });
});

/** Clean, as far as others let it be seen. */
function endsWell(status: number | null): boolean {
  return status === 0 || status === verdictExitCodes['clean-as-far-as-seen'];
}
