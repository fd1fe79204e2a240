import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { clusterOperatorCrd } from '../resource/crd.ts';
import { custom, definition, namespace, workload } from './testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from './testing/simulated-terminal.ts';

/**
 * What somebody can put where text is free: moves, a wiped screen, the clipboard, links, hidden text, titles, C1, a
 * bell, bidi, lines of their own.
 */
const hostile = [
  ...[
    '\u001b[2J\u001b[1;1H',
    '\u001b]52;c;cm0gLXJm\u0007',
    '\u001b]8;;https://example.com\u001b\\click\u001b]8;;\u001b\\',
    '\u001b[8mhidden\u001b[0m',
  ],
  ...[
    '\u001b]0;title\u0007',
    '\u009b31m\u009d52;c;x\u009c',
    '\u0000\u0008\u007f',
    '\r\u001b[Koverwritten',
    '\u202egnp\u2066',
    '\u2028FORGED',
  ],
  ...['\nFORGED line', '\r\nFORGED line', '\n::stop-commands::FORGED'],
].join('·');
/** The same in a name: of all objects only roles may have such. */
const hostileName = hostile.replaceAll(/[/%]/g, '.');

const rbac = 'rbac.authorization.k8s.io';
const role: KubernetesObject = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name: hostileName, finalizers: [`example.com/${hostile}`], annotations: { note: hostile }, labels: { app: 'web' } },
  rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['*'] }],
};
const binding: KubernetesObject = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name: hostileName, labels: { app: 'web' } },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: hostileName },
  subjects: [{ kind: 'ServiceAccount', name: 'runner', namespace: 'ops' }],
};
const widget = (): KubernetesObject => ({
  ...custom('Widget', 'one', 'shop', [`example.com/${hostile}`]),
  status: { conditions: [{ type: 'Ready', status: 'False', reason: hostile, message: hostile }] },
});
const clusterOperator: KubernetesObject = {
  apiVersion: 'bookend.dev/v1alpha1',
  kind: 'ClusterOperator',
  metadata: { name: 'agent', finalizers: ['bookend.dev/teardown'] },
  spec: {
    namespace: 'ops',
    components: [{ name: 'a', objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }] }],
  },
  status: {
    phase: 'Degraded',
    progress: hostile,
    blocker: hostile,
    conditions: [
      { type: 'Ready', status: 'False', reason: hostile, message: hostile, lastTransitionTime: '2026-11-24T12:00:00Z' },
    ],
  },
};

async function stage() {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  for (const name of ['ops', 'shop']) await cluster.create(namespace(name));
  await cluster.create(clusterOperatorCrd());
  await cluster.create(definition('Widget'));
  await terminal.simulated.settle(2_000);
  const deployment = workload('Deployment', 'ops', 'runner', { serviceAccountName: 'runner' });
  const annotated = { ...deployment, metadata: { ...deployment.metadata, annotations: { note: hostile } } };
  for (const object of [role, binding, widget(), annotated, clusterOperator]) await cluster.create(object);
  const status = { type: 'merge', value: { status: clusterOperator.status } } as const;
  await cluster.patch({ apiVersion: clusterOperator.apiVersion, kind: 'ClusterOperator', name: 'agent' }, status, {
    subresource: 'status',
  });
  await terminal.simulated.settle(5_000);
  return terminal;
}

/** What only we write: colours, and the moves of the live view. */
const escapeCode = String.fromCharCode(27);
const ours = new RegExp(
  ['(?:[0-9]|2[0-9]|3[0-9])?m', 'K', String.raw`\d+A\r${escapeCode}\[J`]
    .map((end) => String.raw`\r?${escapeCode}\[${end}`)
    .join('|'),
  'g',
);
const forbidden = /\r(?!\n)|[^\P{Cc}\n\t\r]|[\u2028\u2029\p{Bidi_Control}]/u;

function assertHarmless(text: string, { coloured = false, lines = true, what = '' } = {}): void {
  const rest = coloured ? text.replaceAll(ours, '') : text;
  const at = rest.search(forbidden);
  assert.equal(at, -1, `${what}: ${JSON.stringify(rest.slice(Math.max(0, at - 60), at + 60))}`);
  if (lines) assert.doesNotMatch(rest, /^FORGED/m, what);
  assert.doesNotMatch(rest, /^\s*::/m, what);
}

const directory = mkdtempSync(join(tmpdir(), 'bookend-hostile-'));
after(() => rmSync(directory, { recursive: true }));
const manifest = join(directory, 'all.yaml');
// JSON is YAML, and says every character.
writeFileSync(
  manifest,
  [
    role,
    binding,
    definition('Widget'),
    custom('Widget', 'one', 'shop', [`example.com/${hostile}`]),
    workload('DaemonSet', 'shop', 'web', { preStopMs: 5_000 }),
  ]
    .map((object) => JSON.stringify(object))
    .join('\n---\n'),
);

const live: [string[], RunOptions?][] = [
  [['why', `clusterrole/${hostileName}`]],
  [['why', 'widget/one', '-n', 'shop']],
  [['why', 'widget/one', '-n', 'shop', '-o', 'json']],
  [['why', 'widget/one', '-n', 'shop', '--try']],
  [['why', `widget/${hostile}`, '-n', 'shop']],
  [['why', hostile]],
  [['status']],
  [['status', 'agent']],
  [['status', 'agent', '-o', 'json']],
  [['status', hostile]],
  [['status', 'agent', '--watch'], { signal: { name: 'SIGINT', afterMs: 5_000 } }],
  [['status', 'agent', '--watch'], { signal: { name: 'SIGINT', afterMs: 5_000 }, interactive: true }],
  [['plan', '--everything']],
  [['plan', '--everything', '--explain']],
  [['plan', '--of', `clusterrole/${hostileName}`]],
  [['plan', '-f', manifest, '--explain']],
  ...['dot', 'mermaid', 'json'].map((format): [string[]] => [['plan', '-f', manifest, '-o', format]]),
  [['preview', '--namespace', 'shop']],
  ...['text', 'json', 'sarif', 'html', 'mermaid'].map((format): [string[]] => [['preview', '-f', manifest, '-o', format]]),
  ...['text', 'json', 'sarif'].map((format): [string[]] => [['lint', '-f', manifest, '-o', format]]),
  [['lint', '-f', manifest, '-f', join(directory, hostile.replaceAll('\u0000', ''))]],
  [['delete', 'clusterroles', hostileName, '--dry-run']],
  [['delete', 'clusterroles', hostileName, '--dry-run', '-o', 'json']],
  [['delete', 'widgets', hostile, '-n', 'shop']],
  [['delete', 'clusterroles', '-l', 'app=web', '--timeout', '20s']],
  [['delete', 'clusterroles', '-l', 'app=web', '--timeout', '20s', '-o', 'json']],
  [['delete', 'clusterroles', '-l', 'app=web', '--timeout', '20s'], { interactive: true }],
  [['delete', 'widgets', '--all', '-n', 'shop', '--timeout', '15s']],
  [['share', hostile, '-f', manifest]],
  [['share', 'main:/srv, sidecar:/srv', '-f', manifest, '--workload', hostile]],
  [['version', '--cluster']],
  [[hostile]],
  [['preview', `--${hostile}`]],
];

describe('nothing that others have written acts on the terminal', () => {
  for (const [args, options = {}] of live) {
    for (const colour of args.includes('-o') ? [false] : [false, true]) {
      const what = `bookend ${args.map((arg) => (arg.includes('\u001b') ? '…' : arg.replace(directory, ''))).join(' ')}`;
      test(`${what}${options.interactive ? ', live' : ''}${colour ? ', in colour' : ''}`, async () => {
        const { run } = await stage();
        const { out, err } = await run(args, { ...options, colour, watched: true, maxMs: 120_000, offline: args.includes('-f') });
        assert.ok(out !== '' || err !== '', 'it says something');
        // A page has no lines.
        assertHarmless(out, { coloured: colour || options.interactive === true, lines: !args.includes('html'), what });
        assertHarmless(err, { coloured: colour || options.interactive === true, what });
      });
    }
  }

  test('documents for programs still say every character', async () => {
    const { run } = await stage();
    const { out } = await run(['why', `clusterrole/${hostileName}`, '-o', 'json']);
    assert.equal((JSON.parse(out) as { object: { name: string } }).object.name, hostileName);
    const share = await simulatedTerminal().run(['share', 'main:/srv, other:/srv', '-f', manifest], { offline: true });
    assert.notEqual(share.exitCode, 0);
  });

  test('a report in a file is as harmless', async () => {
    mkdirSync(join(directory, 'out'), { recursive: true });
    for (const format of ['text', 'html', 'sarif', 'mermaid', 'json']) {
      const file = join(directory, 'out', format);
      await simulatedTerminal().run(['preview', '-f', manifest, '-o', format, '--output-file', file], { offline: true });
      assertHarmless(readFileSync(file, 'utf8'), { lines: format !== 'html', what: format });
    }
  });
});
