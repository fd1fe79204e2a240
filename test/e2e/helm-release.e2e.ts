/**
 * A chart that contains a ClusterOperator, on a cluster with Bookend: uninstalled without hooks, against a blocker, and
 * after Helm has lost its record. The same agent as a naive chart shows what happens without Bookend.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { failedPreStopHooks, until, untilNone } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { agentPod, installAgent, label, labelledNodes, release } from './node-agent.ts';
import { block, find, hookOf, noFailedHook, takeDown, unblock, untilGone, untilNothingIsLeft, useTestBed } from './support.ts';

const naiveAgent = join(root, 'examples', 'node-agent', 'naive');

describe('A release with a ClusterOperator', () => {
  const bed = useTestBed('release');

  // The garbage collector learns of a new kind only every 30 s: known from the start, the naive chart's need not be
  // waited for.
  before(() => bed.lab.run('kubectl', ['apply', '-f', join(naiveAgent, 'crds')]));

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    test(`${helm} uninstall --no-hooks of a chart with Bookend: the finalizer alone keeps the order`, async () => {
      const { lab, namespace } = bed;
      const before = await snapshot(lab.cluster);
      await installAgent(bed, helm, []);
      await lab.run(helm, ['uninstall', release, '-n', namespace, '--no-hooks']);
      await untilGone(bed, release);
      assert.deepEqual(await labelledNodes(bed), []);
      await noFailedHook(bed, release);
      await untilNothingIsLeft(bed, before);
    });

    test(`${helm} uninstall that is blocked fails with the blocker in its last line, and a second one goes on`, async () => {
      const { lab, namespace } = bed;
      const before = await snapshot(lab.cluster);
      await installAgent(bed, helm, ['--set', 'bookend.timeoutSeconds=10']);
      const pod = await agentPod(bed);
      await block(bed, pod);

      const failed = await lab.attempt(helm, ['uninstall', release, '-n', namespace, '--timeout', '120s']);
      assert.notEqual(failed.code, 0, 'the uninstall fails');
      const log = await lab.run('kubectl', ['logs', '-n', namespace, '-l', hookOf(release), '--tail=1']);
      const blocker = `^Pod ${namespace}/${pod.metadata.name} on .*: .*finalizer e2e\\.example/blocker keeps the Pod: the controller that set it must remove it`;
      assert.match(log.stdout, new RegExp(blocker));
      const said = (failed.stdout + failed.stderr).trim();
      assert.match(said, /e2e\.example\/blocker/, 'Helm itself prints the log of the failed hook');
      const status = JSON.parse((await lab.run(helm, ['status', release, '-n', namespace, '-o', 'json'])).stdout);
      assert.equal(status.info.status, 'uninstalling', 'the release is on record');
      const inOrder = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'];
      for (const kind of inOrder) {
        const item = inventoryOf((await find(bed, release))?.status).find((each) => each.kind === kind);
        assert.ok(item && (await lab.cluster.get(item)), `${kind} waits for the Pod`);
      }

      const second = lab.run(helm, ['uninstall', release, '-n', namespace]);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await unblock(bed, pod);
      await second;
      assert.equal(await find(bed, release), undefined);
      assert.deepEqual(await labelledNodes(bed), []);
      await noFailedHook(bed, release);
      await untilNothingIsLeft(bed, before);
    });

    test(`${helm}: the same agent as a naive chart fails its hooks and leaves its label behind`, async () => {
      const { lab, namespace } = bed;
      const before = await snapshot(lab.cluster);
      await lab.run(helm, ['install', 'e2e-naive', naiveAgent, '-n', namespace, '--wait', '--set', `label=${label}`]);
      await until('the label', async () => (await labelledNodes(bed)).length > 0);
      await lab.run(helm, ['uninstall', 'e2e-naive', '-n', namespace, '--wait']);
      await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
      const failed = await until('the event of the failed hook', async () => {
        const events = (await failedPreStopHooks(lab.cluster, namespace)).filter(({ pod }) => pod.startsWith('e2e-naive'));
        return events.length > 0 ? events : undefined;
      });
      assert.ok(failed.length >= 1);
      const left = await residueSince(lab.cluster, before);
      const isLabelled = left.some((each) => each.startsWith(`label ${label} on Node/`));
      assert.ok(isLabelled, `the label is left behind, with ${left.join(', ')}`);
      await lab.run('kubectl', ['label', 'nodes', '--all', `${label}-`]);
      await lab.run('kubectl', ['delete', 'events', '-n', namespace, '--all']);
    });
  }

  test('a chart that Helm has lost the record of is taken down by deleting its ClusterOperator', async () => {
    const { lab, namespace } = bed;
    const before = await snapshot(lab.cluster);
    await installAgent(bed, 'helm4', []);
    await lab.run('kubectl', ['delete', 'secrets', '-n', namespace, '-l', 'owner=helm']);
    await takeDown(bed, release);
    await noFailedHook(bed, release);
    await untilNothingIsLeft(bed, before);
  });
});
