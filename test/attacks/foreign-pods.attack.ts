/**
 * Pods of others beside ours: a label is no proof, neither one that a selector of ours matches nor our own. What
 * Kubernetes never adopted is not deleted; what it had adopted, and somebody orphans in the middle of a teardown, still
 * is.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterOperatorLabel } from '../../src/objects/names.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import { until } from '../../tools/lab/observe.ts';
import { access, inOne, workloadOf } from '../e2e/objects.ts';
import { bringUp, deleteResource, podsOf, put, untilGone, untilStopping } from '../e2e/support.ts';
import { Witness } from '../e2e/witness.ts';
import { assertUntouched, idlePod, nodeImage, phaseOf, platformOperator, removeAll, tenantOf, useAttacked } from './support.ts';

describe('Pods of others', () => {
  const attacked = useAttacked('foreign-pods');
  const { namespace } = attacked;

  const running = async (pod: KubernetesObject): Promise<KubernetesObject> => {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
    return until(`Pod ${pod.metadata.name} to run`, async () => {
      const now = await attacked.cluster.get(ref);
      return phaseOf(now) === 'Running' ? now : undefined;
    });
  };
  const theirs = async (name: string, labels: Record<string, string>, more: object = {}): Promise<KubernetesObject> => {
    const tenant = await tenantOf(attacked, namespace);
    await until('the rights of the tenant', () => tenant.create(idlePod(name, namespace, labels, more)).catch(() => undefined));
    return running(idlePod(name, namespace, labels));
  };
  const end = async (pod: KubernetesObject) =>
    attacked.cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name }, { gracePeriodSeconds: 0 });

  test('one that a Deployment’s selector matches, but no ReplicaSet has adopted, outlives the teardown', async () => {
    const name = 'e2e-agent';
    await bringUp(
      attacked,
      platformOperator(name, namespace, inOne(...access(name, namespace), workloadOf(name, { kind: 'Deployment' }))),
    );
    const bare = await theirs('e2e-bare', { app: name });
    await removeAll(attacked, name);
    await assertUntouched(attacked, bare);
    await end(bare);
  });

  test('one that has the labels of a Job’s template outlives the teardown', async () => {
    const name = 'e2e-migration';
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        template: {
          metadata: { labels: { app: name } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: nodeImage, args: ['-e', 'process.exit(0)'] }] },
        },
      },
    };
    await bringUp(attacked, platformOperator(name, namespace, inOne(job)));
    const bare = await theirs('e2e-bare-migration', { app: name });
    await removeAll(attacked, name);
    await assertUntouched(attacked, bare);
    await end(bare);
  });

  test('one with our own label outlives the teardown, also if it has the labels of a template of ours', async () => {
    const name = 'e2e-labelled';
    const deployment = workloadOf(name, { kind: 'Deployment' });
    await bringUp(attacked, platformOperator(name, namespace, inOne(...access(name, namespace), deployment)));
    const bare = await theirs('e2e-bare-labelled', { app: `${name}-other`, [clusterOperatorLabel]: name });
    const both = await theirs('e2e-bare-both', { app: name, [clusterOperatorLabel]: name });
    await removeAll(attacked, name);
    await assertUntouched(attacked, bare);
    await assertUntouched(attacked, both);
    await end(bare);
    await end(both);
  });

  test('`bookend delete deployment/NAME` does not touch what it does not name', async () => {
    const name = 'e2e-web';
    await put(
      attacked,
      ...access(name, namespace).map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })),
      withNamespace(workloadOf(name, { kind: 'Deployment' }), namespace),
    );
    await until('a Pod of it', async () => (await podsOf(attacked, name)).some((pod) => phaseOf(pod) === 'Running'));
    const bare = await theirs('e2e-bare-web', { app: name });
    const args = ['delete', `deployment/${name}`, '-n', namespace, '--kubeconfig', attacked.lab.kubeconfig, '--timeout', '60s'];
    const { status, stderr } = bookend(attacked.lab, args, { directory: attacked.release.directory });
    assert.equal(status, 0, stderr);
    await assertUntouched(attacked, bare);
    await end(bare);
  });

  test('one of ours that somebody orphans in the middle of a teardown is still ours, and its rights wait for it', async () => {
    const name = 'e2e-orphaned';
    const resource = platformOperator(
      name,
      namespace,
      inOne(...access(name, namespace), workloadOf(name, { kind: 'Deployment', stopSeconds: 8, graceSeconds: 60 })),
    );
    const ready = await bringUp(attacked, resource);
    const bare = await theirs('e2e-bare-orphaned', { app: name });
    const witness = await Witness.of(attacked.cluster, ready);
    await deleteResource(attacked, name);
    const stopping = await untilStopping(attacked, name);
    const owner = stopping.metadata.ownerReferences?.[0];
    assert.equal(owner?.kind, 'ReplicaSet');
    // Its ReplicaSet goes, and leaves it behind.
    const tenant = await tenantOf(attacked, namespace);
    await tenant.delete(
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name: owner?.name ?? '' },
      { propagation: 'Orphan' },
    );
    await untilGone(attacked, name);
    const rights = new RegExp(`^(ServiceAccount|Role|RoleBinding)[./].*/${name}$`);
    const found = witness.goneBefore(new RegExp(`^Pod/.*/${stopping.metadata.name}$`), rights);
    assert.deepEqual(found, [], 'its rights waited for it');
    witness.close();
    await assertUntouched(attacked, bare);
    await end(bare);
  });

  test('a child of ours that was orphaned before the teardown, alive, is deleted by its recorded identity or named; its twin is not', async () => {
    const name = 'e2e-released';
    const resource = platformOperator(
      name,
      namespace,
      inOne(...access(name, namespace), workloadOf(name, { kind: 'Deployment', stopSeconds: 5, graceSeconds: 60 })),
    );
    await bringUp(attacked, resource);
    const twin = await theirs('e2e-twin', { app: name, [clusterOperatorLabel]: name });
    await deleteResource(attacked, name);
    const stopping = await untilStopping(attacked, name);
    // The owner is taken off a Pod that is on its way out: nothing but what was recorded says whose it is.
    await attacked.cluster.patch(
      { apiVersion: 'v1', kind: 'Pod', namespace, name: stopping.metadata.name },
      { type: 'merge', value: { metadata: { ownerReferences: null } } },
    );
    await untilGone(attacked, name);
    const found = await attacked.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: stopping.metadata.name });
    assert.equal(found, undefined, 'the teardown was not over before the Pod had ended');
    await assertUntouched(attacked, twin);
    await end(twin);
  });
});

function withNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace } };
}
