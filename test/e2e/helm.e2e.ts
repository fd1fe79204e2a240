/**
 * What people type: `helm install`, `helm uninstall`, with Helm 3 and Helm 4, with and without --wait, twice in a row, with and without hooks. In the end
 * nothing has failed and nothing is left; the same agent as a naive chart shows what happens otherwise.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { failedPreStopHooks, until, untilNone } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { agentWithAccess } from './objects.ts';
import {
  block,
  deleteResource,
  find,
  freshNamespace,
  installBookend,
  namesOf,
  noFailedHook,
  operatorNamespace,
  put,
  type Stage,
  unblock,
  untilGone,
  untilReady,
  useStage,
} from './support.ts';

const helms: HelmVersion[] = ['helm4', 'helm3'];
const nodeAgent = join(root, 'examples', 'node-agent', 'bookend');
const naiveAgent = join(root, 'examples', 'node-agent', 'naive');
const release = 'e2e-agent';
const label = 'e2e.bookend.dev/agent';

describe('Helm', () => {
  const stage = useStage('helm', { bookend: false });

  for (const helm of helms) {
    for (const wait of [['--wait'], []]) {
      test(`${helm} ${wait.join('') || 'without --wait'}: Bookend and a chart with it come, go in order, and leave nothing`, async () => {
        const { lab, namespace } = stage;
        await freshNamespace(lab, operatorNamespace);
        const before = await snapshot(lab.cluster);
        await installBookend(lab, helm, [], wait.length > 0);
        await installAgent(stage, helm, wait);
        const inventory = (await find(stage, release))?.status?.inventory ?? [];
        assert.ok(inventory.length >= 4, 'the agent and its rights are in the inventory');

        await lab.run(helm, ['uninstall', release, '-n', namespace, ...wait]);
        assert.equal(await find(stage, release), undefined, 'helm returns when the ClusterOperator is gone');
        assert.deepEqual(await labelledNodes(stage), [], 'the preStop hook has taken its label away');
        await noFailedHook(stage);
        assert.deepEqual(await leftBy(stage, await withBookend(stage, before)), [], 'nothing of the agent is left');

        await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, ...wait]);
        await untilNothingIsLeft(stage, before);
      });
    }
  }

  for (const helm of helms) {
    test(`${helm} uninstall --no-hooks of Bookend takes nothing away that a ClusterOperator needs, and can be repeated with hooks`, async () => {
      const { lab, namespace } = stage;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm);
      await put(stage, agentWithAccess('e2e-kept', namespace));
      await untilReady(stage, 'e2e-kept');
      const needed = await namesOfNeeded(stage);

      const refused = await lab.attempt(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--no-hooks']);
      assert.notEqual(refused.code, 0);
      assert.deepEqual(await namesOfNeeded(stage), needed, 'all that the operator needs is there');
      // The operator really works on: it puts right what is deleted under it.
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', namespace };
      await lab.run('kubectl', ['delete', 'role', 'e2e-kept', '-n', namespace]);
      await until('the role to be made again', async () => (await namesOf(stage, role)).includes('e2e-kept'));

      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await noFailedHook(stage, 'e2e-kept');
      await untilNothingIsLeft(stage, before);
    });

    test(`${helm} uninstall --no-hooks of a chart with Bookend: the finalizer alone keeps the order`, async () => {
      const { lab, namespace } = stage;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm);
      await installAgent(stage, helm, []);
      await lab.run(helm, ['uninstall', release, '-n', namespace, '--no-hooks']);
      await untilGone(stage, release);
      assert.deepEqual(await labelledNodes(stage), []);
      await noFailedHook(stage, release);
      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await untilNothingIsLeft(stage, before);
    });

    test(`${helm} uninstall that is blocked fails with the blocker in its last line, and a second one goes on`, async () => {
      const { lab, namespace } = stage;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm);
      await installAgent(stage, helm, ['--set', 'bookend.timeoutSeconds=10']);
      const pod = await agentPod(stage);
      await block(stage, pod);

      const failed = await lab.attempt(helm, ['uninstall', release, '-n', namespace, '--timeout', '120s']);
      assert.notEqual(failed.code, 0, 'the uninstall fails');
      const log = await lab.run('kubectl', ['logs', '-n', namespace, '-l', 'job-name=e2e-agent-bookend-hook', '--tail=1']);
      const blocker = `^Pod ${namespace}/${pod.metadata.name} on .*: .*finalizer e2e\\.example/blocker keeps the Pod: whoever set it must remove it`;
      assert.match(log.stdout, new RegExp(blocker));
      const said = (failed.stdout + failed.stderr).trim();
      assert.match(said, /e2e\.example\/blocker/, 'Helm itself prints the log of the failed hook');
      const status = JSON.parse((await lab.run(helm, ['status', release, '-n', namespace, '-o', 'json'])).stdout);
      assert.equal(status.info.status, 'uninstalling', 'the release is on record');
      const inOrder = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'];
      for (const kind of inOrder) {
        const item = (await find(stage, release))?.status?.inventory?.find((each) => each.kind === kind);
        assert.ok(item && (await lab.cluster.get(item)), `${kind} waits for the Pod`);
      }

      const second = lab.run(helm, ['uninstall', release, '-n', namespace]);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await unblock(stage, pod);
      await second;
      assert.equal(await find(stage, release), undefined);
      assert.deepEqual(await labelledNodes(stage), []);
      await noFailedHook(stage, release);
      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await untilNothingIsLeft(stage, before);
    });

    test(`${helm} uninstall of Bookend itself that is blocked fails the same way, and a second one goes on`, async () => {
      const { lab, namespace } = stage;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm, ['uninstall.timeoutSeconds=10']);
      await put(stage, agentWithAccess('e2e-stuck', namespace));
      await untilReady(stage, 'e2e-stuck');
      const [pod] = (await lab.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=e2e-stuck' })).items;
      assert.ok(pod);
      await block(stage, pod);

      const failed = await lab.attempt(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--timeout', '120s']);
      assert.notEqual(failed.code, 0);
      const log = await lab.run('kubectl', ['logs', '-n', operatorNamespace, '-l', 'job-name=bookend-bookend-hook', '--tail=1']);
      assert.match(log.stdout, /finalizer e2e\.example\/blocker keeps the Pod: whoever set it must remove it/);
      assert.ok(await find(stage, 'e2e-stuck'), 'its finalizer still holds it');
      assert.equal((await namesOfNeeded(stage)).includes('Deployment bookend'), true, 'and the operator is there to serve it');

      await unblock(stage, pod);
      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await noFailedHook(stage, 'e2e-stuck');
      await untilNothingIsLeft(stage, before);
    });

    test(`${helm}: the same agent as a naive chart fails its hooks and leaves its label behind`, async () => {
      const { lab, namespace } = stage;
      const before = await snapshot(lab.cluster);
      await lab.run(helm, ['install', 'e2e-naive', naiveAgent, '-n', namespace, '--wait', '--set', `label=${label}`]);
      await until('the label', async () => (await labelledNodes(stage)).length > 0);
      await lab.run(helm, ['uninstall', 'e2e-naive', '-n', namespace, '--wait']);
      await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
      const failed = await until('the event of the failed hook', async () => {
        const events = (await failedPreStopHooks(lab.cluster, namespace)).filter(({ pod }) => pod.startsWith('e2e-naive'));
        return events.length > 0 ? events : undefined;
      });
      assert.ok(failed.length >= 1);
      const left = await residueSince(lab.cluster, before);
      assert.ok(
        left.some((each) => each.startsWith(`label ${label} on Node/`)),
        `the label is left behind, with ${left.join(', ')}`,
      );
      await lab.run('kubectl', ['label', 'nodes', '--all', `${label}-`]);
      await lab.run('kubectl', ['delete', 'crd', 'nodeagents.example.bookend.dev']);
      await lab.run('kubectl', ['delete', 'events', '-n', namespace, '--all']);
    });
  }

  test('a chart that Helm has lost the record of is taken down by deleting its ClusterOperator', async () => {
    const { lab, namespace } = stage;
    await freshNamespace(lab, operatorNamespace);
    const before = await snapshot(lab.cluster);
    await installBookend(lab, 'helm4');
    await installAgent(stage, 'helm4', []);
    await lab.run('kubectl', ['delete', 'secrets', '-n', namespace, '-l', 'owner=helm']);
    await deleteResource(stage, release);
    await untilGone(stage, release);
    await noFailedHook(stage, release);
    await lab.run('helm4', ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
    await untilNothingIsLeft(stage, before);
  });
});

async function installAgent(stage: Stage, helm: HelmVersion, flags: string[]): Promise<void> {
  const { lab, namespace } = stage;
  await lab.run(helm, ['install', release, nodeAgent, '-n', namespace, '--set', `label=${label}`, ...flags]);
  await untilReady(stage, release);
  assert.equal((await labelledNodes(stage)).length, 1, 'Ready means that the agent has labelled its node');
}

async function labelledNodes(stage: Stage): Promise<string[]> {
  return namesOf(stage, { apiVersion: 'v1', kind: 'Node', labelSelector: label });
}

async function agentPod(stage: Stage) {
  const labelSelector = `app.kubernetes.io/instance=${release}`;
  const { items } = await stage.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace, labelSelector });
  const [pod] = items.filter((each) => each.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
  assert.ok(pod, 'the agent runs');
  return pod;
}

/** The objects of the operator's own installation, as the guard's list has them. */
async function namesOfNeeded(stage: Stage): Promise<string[]> {
  const kinds = [
    ['apps/v1', 'Deployment', operatorNamespace],
    ['v1', 'ServiceAccount', operatorNamespace],
    ['rbac.authorization.k8s.io/v1', 'Role', operatorNamespace],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', operatorNamespace],
    ['rbac.authorization.k8s.io/v1', 'Role', 'default'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'default'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', undefined],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', undefined],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', undefined],
  ] as const;
  const lists = kinds.map(async ([apiVersion, kind, namespace]) => {
    const query = { apiVersion, kind, labelSelector: 'app.kubernetes.io/name=bookend', ...(namespace && { namespace }) };
    return (await namesOf(stage, query)).map((name) => `${kind} ${name}`);
  });
  return (await Promise.all(lists)).flat();
}

/** What was there before, and all of Bookend's own installation. */
async function withBookend(stage: Stage, before: Set<string>): Promise<Set<string>> {
  const own = /bookend|^ReplicaSet|\/default$|kube-root-ca/;
  const now = await snapshot(stage.cluster);
  return new Set([...before, ...[...now].filter((id) => own.test(id))]);
}

async function leftBy(stage: Stage, before: Set<string>): Promise<string[]> {
  return residueSince(stage.cluster, before);
}

/** `helm uninstall` does not wait for Pods and what the garbage collector takes: what is ending is given its time, what stays is an error. */
async function untilNothingIsLeft({ cluster }: Stage, before: Set<string>): Promise<void> {
  let left: string[] = [];
  const ends = async () => {
    // Leases come and go by themselves elsewhere, so that a snapshot leaves them out; the operator's own must go with it.
    const leases = await namesOf(
      { cluster },
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: operatorNamespace },
    );
    left = [...(await residueSince(cluster, before)), ...leases.map((name) => `Lease/${name}`)];
    return left.length === 0;
  };
  await until('nothing to be left', ends, 60_000, 500).catch(() => assert.deepEqual(left, [], 'nothing is left'));
}
