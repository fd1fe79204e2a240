/**
 * What people type: `helm install`, `helm uninstall`, with Helm 3 and Helm 4, with and without --wait, twice in a row,
 * with and without hooks. In the end nothing has failed and nothing is left.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inventoryOf } from '../../src/resource/status/inventory.ts';
import type { HelmVersion } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { residueSince, snapshot } from '../../tools/lab/residue.ts';
import { installAgent, labelledNodes, release } from './node-agent.ts';
import { agentWithAccess } from './objects.ts';
import {
  block,
  bringUp,
  find,
  freshNamespace,
  hookOf,
  installBookend,
  namesOf,
  noFailedHook,
  operatorNamespace,
  type TestBed,
  unblock,
  untilNothingIsLeft,
  useTestBed,
} from './support.ts';

const helms: HelmVersion[] = ['helm4', 'helm3'];

describe('Helm', () => {
  const bed = useTestBed('helm', { bookend: false });

  for (const helm of helms) {
    for (const wait of [['--wait'], []]) {
      test(`${helm} ${wait.join('') || 'without --wait'}: Bookend and a chart with it come, go in order, and leave nothing`, async () => {
        const { lab, namespace } = bed;
        await freshNamespace(lab, operatorNamespace);
        const before = await snapshot(lab.cluster);
        await installBookend(lab, helm, [], wait.length > 0);
        await installAgent(bed, helm, wait);
        const inventory = inventoryOf((await find(bed, release))?.status);
        assert.ok(inventory.length >= 4, 'the agent and its rights are in the inventory');

        await lab.run(helm, ['uninstall', release, '-n', namespace, ...wait]);
        assert.equal(await find(bed, release), undefined, 'helm returns when the ClusterOperator is gone');
        assert.deepEqual(await labelledNodes(bed), [], 'the preStop hook has taken its label away');
        await noFailedHook(bed);
        assert.deepEqual(await leftBy(bed, await withBookend(bed, before)), [], 'nothing of the agent is left');

        await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, ...wait]);
        await untilBookendIsGone(bed, before);
      });
    }
  }

  for (const helm of helms) {
    test(`${helm} uninstall --no-hooks of Bookend takes nothing away that a ClusterOperator needs, and can be repeated with hooks`, async () => {
      const { lab, namespace } = bed;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm);
      await bringUp(bed, agentWithAccess('e2e-kept', namespace));
      const needed = await namesOfNeeded(bed);

      const refused = await lab.attempt(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--no-hooks']);
      assert.notEqual(refused.code, 0);
      assert.deepEqual(await namesOfNeeded(bed), needed, 'all that the operator needs is there');
      // The operator really works on: it puts right what is deleted under it.
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', namespace };
      await lab.run('kubectl', ['delete', 'role', 'e2e-kept', '-n', namespace]);
      await until('the role to be made again', async () => (await namesOf(bed, role)).includes('e2e-kept'));

      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await noFailedHook(bed, 'e2e-kept');
      await untilBookendIsGone(bed, before);
    });

    test(`${helm} uninstall of Bookend itself that is blocked fails the same way, and a second one goes on`, async () => {
      const { lab, namespace } = bed;
      await freshNamespace(lab, operatorNamespace);
      const before = await snapshot(lab.cluster);
      await installBookend(lab, helm, ['uninstall.timeoutSeconds=10']);
      await bringUp(bed, agentWithAccess('e2e-stuck', namespace));
      const [pod] = (await lab.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=e2e-stuck' })).items;
      assert.ok(pod);
      await block(bed, pod);

      const failed = await lab.attempt(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--timeout', '120s']);
      assert.notEqual(failed.code, 0);
      const log = await lab.run('kubectl', ['logs', '-n', operatorNamespace, '-l', hookOf('bookend'), '--tail=1']);
      assert.match(log.stdout, /finalizer e2e\.example\/blocker keeps the Pod: the controller that set it must remove it/);
      assert.ok(await find(bed, 'e2e-stuck'), 'its finalizer still holds it');
      assert.equal((await namesOfNeeded(bed)).includes('Deployment bookend'), true, 'and the operator is there to serve it');

      await unblock(bed, pod);
      await lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      await noFailedHook(bed, 'e2e-stuck');
      await untilBookendIsGone(bed, before);
    });
  }
});

/** The objects of the operator's own installation, as the guard's list has them. */
async function namesOfNeeded(bed: TestBed): Promise<string[]> {
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
    return (await namesOf(bed, query)).map((name) => `${kind} ${name}`);
  });
  return (await Promise.all(lists)).flat();
}

/** What was there before, and all of Bookend's own installation. */
async function withBookend(bed: TestBed, before: Set<string>): Promise<Set<string>> {
  const own = /bookend|^ReplicaSet|\/default$|kube-root-ca/;
  const now = await snapshot(bed.cluster);
  return new Set([...before, ...[...now].filter((id) => own.test(id))]);
}

async function leftBy(bed: TestBed, before: Set<string>): Promise<string[]> {
  return residueSince(bed.cluster, before);
}

/** A snapshot leaves Leases out, since they come and go by themselves elsewhere; the operator's own must go with it. */
async function untilBookendIsGone(bed: TestBed, before: Set<string>): Promise<void> {
  await untilNothingIsLeft(bed, before);
  const leases = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: operatorNamespace };
  assert.deepEqual(await namesOf(bed, leases), []);
}
