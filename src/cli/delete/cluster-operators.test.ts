import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../objects/object.ts';
import { clusterOperatorCrd } from '../../resource/crd.ts';
import { simulatedTerminal } from '../testing/simulated-terminal.ts';
import type { DeleteDocument } from './report.ts';

const ref = { apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', name: 'node-agent' };

async function withClusterOperator() {
  const terminal = simulatedTerminal();
  const { cluster } = terminal.simulated;
  await cluster.create(clusterOperatorCrd());
  await terminal.simulated.settle();
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'agent', namespace: 'default' } };
  await cluster.create({
    ...{ apiVersion: ref.apiVersion, kind: ref.kind },
    metadata: { name: ref.name, finalizers: ['bookend.dev/teardown'] },
    spec: { components: [{ name: 'all', objects: [account] }] },
  });
  await terminal.simulated.settle();
  const status = (value: Record<string, unknown>) =>
    cluster.patch(ref, { type: 'merge', value: { status: value } }, { subresource: 'status' });
  const later = (ms: number, work: () => Promise<KubernetesObject>) => terminal.simulated.clock.after(ms, () => void work());
  const release = () => cluster.patch(ref, { type: 'merge', value: { metadata: { finalizers: null } } });
  return { ...terminal, status, later, release };
}

const order = [
  { object: 'DaemonSet.apps/default/agent', apiVersion: 'apps/v1' },
  { object: 'Component.bookend.dev/agent', apiVersion: 'bookend.dev/v1alpha1', mode: 'barrier', after: [0] },
  { object: 'ServiceAccount/default/agent', apiVersion: 'v1', after: [1] },
];
const podBlocker = 'Pod default/agent-x7 on node-1: preStop of container main has run 4s of 30s';
const tearingDown = (stalled: boolean) => ({
  phase: stalled ? 'Blocked' : 'TearingDown',
  progress: '0/2',
  blocker: podBlocker,
  conditions: [
    {
      type: 'Stalled',
      status: stalled ? 'True' : 'False',
      reason: 'x',
      message: podBlocker,
      lastTransitionTime: '2026-11-22T00:00:00Z',
    },
  ],
  teardown: {
    startedAt: '2026-11-22T00:00:03Z',
    order,
    objects: [
      {
        object: 'DaemonSet.apps/default/agent',
        state: stalled ? 'Blocked' : 'Deleting',
        since: '2026-11-22T00:00:03Z',
        blocker: podBlocker,
      },
      { object: 'ServiceAccount/default/agent', state: 'Waiting', blocker: 'waits for DaemonSet default/agent' },
    ],
    failedPreStopHooks: [{ pod: 'default/agent-x7', message: 'exit code 1' }],
  },
});

describe('bookend delete of a ClusterOperator', () => {
  test('shows the objects inside, counts them, and reports what its operator saw', async () => {
    const { run, status, later, release } = await withClusterOperator();
    later(1_000, () => status(tearingDown(false)));
    later(15_000, release);
    const { exitCode, out } = await run(['delete', 'clusteroperators', '--all', '-o', 'json']);
    assert.equal(exitCode, 0);
    const document = JSON.parse(out) as DeleteDocument;
    assert.deepEqual(
      document.deleted.map(({ object, inside }) => [object, inside]),
      [
        ['DaemonSet.apps/default/agent', 'ClusterOperator.bookend.dev/node-agent'],
        ['ServiceAccount/default/agent', 'ClusterOperator.bookend.dev/node-agent'],
        ['ClusterOperator.bookend.dev/node-agent', undefined],
      ],
    );
    assert.deepEqual(document.failedPreStopHooks, [{ namespace: 'default', pod: 'agent-x7', message: 'exit code 1', count: 1 }]);
  });

  test('waits in the words of its operator, not for a finalizer', async () => {
    const { run, status, later } = await withClusterOperator();
    later(1_000, () => status(tearingDown(false)));
    const { exitCode, err, errLines } = await run(['delete', 'clop/node-agent', '--timeout', '20s']);
    assert.equal(exitCode, 8);
    assert.match(err, /waiting {2}Pod default\/agent-x7 on node-1: preStop of container main has run 4s of 30s/);
    assert.match(err, /Nothing is gone yet \(20\.0s\)/);
    assert.equal(errLines.at(-1), podBlocker);
    assert.doesNotMatch(err, /finalizer bookend.dev\/teardown on/);
  });

  test('ends with 7 when the ClusterOperator is stalled', async () => {
    const { run, status, later } = await withClusterOperator();
    later(1_000, () => status(tearingDown(true)));
    const { exitCode, errLines } = await run(['delete', 'clop', 'node-agent', '--timeout', '20s']);
    assert.equal(exitCode, 7);
    assert.equal(errLines.at(-1), podBlocker);
  });

  test('says when no operator answers', async () => {
    const { run } = await withClusterOperator();
    const { errLines } = await run(['delete', 'clop', 'node-agent', '--timeout', '20s']);
    assert.match(errLines.at(-1) ?? '', /the Bookend operator has not begun its teardown/);
  });

  test('does not read every kind of the cluster in search of children', async () => {
    const { run, simulated, later, release } = await withClusterOperator();
    later(3_000, release);
    simulated.clearRequests();
    await run(['delete', '--targets', '[{"kind":"clusteroperators.bookend.dev"}]']);
    const kinds = simulated.requests.filter(({ user }) => user === 'kubernetes-admin').map(({ ref: { kind } }) => kind);
    for (const kind of ['ConfigMap', 'Secret', 'Service']) assert.ok(!kinds.includes(kind), kind);
  });
});

describe('bookend status', () => {
  test('lists the ClusterOperators with what they wait for', async () => {
    const { run, status } = await withClusterOperator();
    await status(tearingDown(false));
    const { exitCode, out } = await run(['status']);
    assert.equal(exitCode, 0);
    assert.match(out, /^NAME +PHASE +PROGRESS +AGE +WAITS FOR\nnode-agent +TearingDown +0\/2 +\d+s +Pod default\/agent-x7/);
  });

  test('shows the objects of one that is being taken down in their order', async () => {
    const { run, status, simulated } = await withClusterOperator();
    await simulated.cluster.delete(ref);
    await status(tearingDown(false));
    const { out } = await run(['status', 'node-agent']);
    assert.match(
      out,
      /● {3}DaemonSet default\/agent .*preStop.*\n ○ {3}ServiceAccount default\/agent .*\n ● ClusterOperator node-agent/,
    );
    const json = JSON.parse((await run(['status', 'node-agent', '-o', 'json'])).out) as { deleting: boolean; phase: string };
    assert.deepEqual([json.deleting, json.phase], [true, 'TearingDown']);
  });

  test('tells from the order who is gone and who waits, where the status lists only what needs attention', async () => {
    const { run, status, simulated } = await withClusterOperator();
    await simulated.cluster.delete(ref);
    const { teardown, ...rest } = tearingDown(false);
    const inventory = [
      { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'default', objects: ['agent/u1', 'other/u2'] },
      { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', objects: ['agent/u3'] },
    ];
    const others = [
      { object: 'Component.bookend.dev/agent', apiVersion: 'bookend.dev/v1alpha1', mode: 'barrier' },
      { object: 'Secret/default/kept', apiVersion: 'v1', uid: 'u4', mode: 'keep' },
    ];
    const [busy] = teardown.objects;
    const { startedAt } = teardown;
    const steps = ['1-2', '+0-1<1', '0<2-3'];
    await status({ ...rest, inventory, teardown: { startedAt, steps, others, gone: '0', objects: [busy] } });
    const { out } = await run(['status', 'node-agent', '-o', 'json']);
    const document = JSON.parse(out) as { inventory: object[]; teardown: { objects: Record<string, string>[] } };
    assert.deepEqual(
      document.teardown.objects.map(({ object, state, blocker }) => [object, state, blocker]),
      [
        ['ServiceAccount/default/other', 'Gone', undefined],
        ['DaemonSet.apps/default/agent', 'Deleting', podBlocker],
        ['Secret/default/kept', 'Kept', undefined],
        ['ServiceAccount/default/agent', 'Waiting', 'waits for DaemonSet default/agent'],
      ],
    );
    assert.equal(document.inventory.length, 3);
    const text = (await run(['status', 'node-agent'])).out;
    assert.match(
      text,
      /DaemonSet default\/agent .*preStop.*\n.*Secret default\/kept.*\n ○ {3}ServiceAccount default\/agent .*\n ● ClusterOperator node-agent/,
    );
  });

  test('shows the part of a damaged order that it can read: none', async () => {
    const { run, status, simulated } = await withClusterOperator();
    await simulated.cluster.delete(ref);
    const { teardown, ...rest } = tearingDown(false);
    await status({ ...rest, teardown: { startedAt: teardown.startedAt, steps: ['0-999'], objects: teardown.objects } });
    const { exitCode, out } = await run(['status', 'node-agent']);
    assert.equal(exitCode, 0);
    assert.match(out, /DaemonSet default\/agent .*preStop/);
  });

  test('watches until it is gone', async () => {
    const { run, status, later, release, simulated } = await withClusterOperator();
    await simulated.cluster.delete(ref);
    await status(tearingDown(false));
    later(12_000, release);
    const { exitCode, out, ms } = await run(['status', 'node-agent', '--watch']);
    assert.equal(exitCode, 0);
    assert.ok(ms >= 12_000 && ms < 13_000);
    assert.match(
      out,
      /delete {3}DaemonSet default\/agent\n.*delete {3}ClusterOperator node-agent\n.*waiting {2}Pod default\/agent-x7/,
    );
    assert.match(out, /ClusterOperator node-agent is gone\n$/);
  });

  test('says when there is none of that name, or no Bookend', async () => {
    const { run } = await withClusterOperator();
    assert.equal((await run(['status', 'other'])).exitCode, 3);
    const bare = await simulatedTerminal().run(['status']);
    assert.equal(bare.exitCode, 3);
    assert.match(bare.err, /this cluster does not serve ClusterOperators/);
  });
});
