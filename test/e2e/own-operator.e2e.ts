/**
 * A chart that keeps its own operator, with the library chart's hook and without Bookend in the cluster: a Widget whose
 * finalizer nobody serves stops the uninstall, with the reason, while the operator and its rights live on. (The
 * uninstall that is not blocked: test/charts/own-operator.test.ts.)
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { HelmVersion } from '../../tools/lab/lab.ts';
import { root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { snapshot } from '../../tools/lab/residue.ts';
import { hookIsRunning, hookOf, namesOf, noFailedHook, put, untilNothingIsLeft, useTestBed } from './support.ts';
import { Witness } from './witness.ts';

const chart = join(root, 'examples', 'own-operator');
const release = 'e2e-own';
const rbac = 'rbac.authorization.k8s.io/v1';

describe('A chart with its own operator and a Widget that is blocked', () => {
  const bed = useTestBed('own', { bookend: false });

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    test(`${helm} uninstall fails with the finalizer in its last line, nothing of the operator is gone, and the next one ends it`, async () => {
      const { lab, namespace } = bed;
      const before = await snapshot(bed.cluster);
      await installWithWidget(helm);
      const finalizers = ['e2e.example/blocker', 'example.com/widget-operator'];
      await patchWidget({ metadata: { finalizers } });
      const witness = await witnessAll();
      const needed = await operatorParts();
      assert.equal(needed.length, 7);

      const failed = await lab.attempt(helm, ['uninstall', release, '-n', namespace]);
      assert.notEqual(failed.code, 0);
      const { stdout } = await lab.run('kubectl', ['logs', '-n', namespace, '-l', hookOf(release), '--tail=1']);
      assert.match(stdout, new RegExp(`finalizer e2e\\.example/blocker on Widget ${namespace}/first: `));
      assert.deepEqual(await operatorParts(), needed, 'the operator and all rights are there');
      assert.equal((await pods(`${release}-operator`)).length, 1, 'and it runs');
      assert.equal((await lab.run(helm, ['status', release, '-n', namespace])).code, 0, 'the release is on record');

      const second = lab.run(helm, ['uninstall', release, '-n', namespace]);
      await until('the hook to run again', () => hookIsRunning(bed, release));
      await patchWidget({ metadata: { finalizers: null } });
      await second;
      await allWentInOrder(witness);
      await untilNothingIsLeft(bed, before);
    });
  }

  test('helm uninstall waits for the Pods of a Widget that is gone already, when nobody but the garbage collector takes care of them', async () => {
    const { lab, namespace } = bed;
    const before = await snapshot(bed.cluster);
    await installWithWidget('helm4', { stopSeconds: 12, timeoutSeconds: 60 });
    const witness = await witnessAll();
    await patchWidget({ metadata: { finalizers: null } });
    // The operator puts its finalizer back within moments: without it there is nobody who would.
    await lab.run('kubectl', ['scale', 'deployment', `${release}-operator`, '-n', namespace, '--replicas=0']);
    await until('the operator to be gone', async () => (await pods(`${release}-operator`)).length === 0);
    await patchWidget({ metadata: { finalizers: null } });
    await lab.run('kubectl', ['delete', 'widget', 'first', '-n', namespace]);
    await lab.run('helm4', ['uninstall', release, '-n', namespace]);
    await allWentInOrder(witness);
    await untilNothingIsLeft(bed, before);
  });

  /**
   * How long the preStop hook of the Widget's Pods takes, and the time that the chart's hook has for all of it, in
   * seconds.
   */
  async function installWithWidget(helm: HelmVersion, { stopSeconds = 2, timeoutSeconds = 10 } = {}): Promise<void> {
    const { lab, namespace } = bed;
    const set = ['--set', `bookend.timeoutSeconds=${timeoutSeconds}`];
    await lab.run(helm, ['install', release, chart, '-n', namespace, '--wait', ...set]);
    await lab.run('kubectl', ['wait', '--for=condition=established', 'crd/widgets.example.com', '--timeout=60s']);
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'first', namespace },
      spec: { replicas: 2, stopSeconds },
    };
    await put(bed, widget);
    await until('the Pods of the Widget', async () => (await pods('widget-first')).length === 2);
    await lab.run('kubectl', ['rollout', 'status', 'deployment', 'widget-first', '-n', namespace, '--timeout=120s']);
  }

  function witnessAll(): Promise<Witness> {
    const { cluster, namespace } = bed;
    const kinds = [
      ['example.com/v1', 'Widget'],
      ['v1', 'Pod'],
      ['v1', 'ServiceAccount'],
      ['apps/v1', 'Deployment'],
      [rbac, 'Role'],
      [rbac, 'RoleBinding'],
    ] as const;
    return Witness.watching(
      cluster,
      kinds.map(([apiVersion, kind]) => ({ apiVersion, kind, namespace })),
    );
  }

  /** The Widget and all that was made out of it before the operator and any right, with every preStop hook in order. */
  async function allWentInOrder(witness: Witness): Promise<void> {
    const parts = new RegExp(`^(Deployment|ServiceAccount|Role|RoleBinding)[./].*/${release}-(operator|widget)$`);
    assert.deepEqual(witness.goneBefore(/^(Widget\.|Deployment\..*\/widget-first|Pod\/.*\/widget-first)/, parts), []);
    witness.close();
    await noFailedHook(bed);
  }

  function pods(prefix: string): Promise<string[]> {
    const query = { apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace };
    return namesOf(bed, query).then((names) => names.filter((name) => name.startsWith(`${prefix}-`)));
  }

  /** The operator, the accounts of it and of its Pods, and what they may do. */
  async function operatorParts(): Promise<string[]> {
    const { namespace } = bed;
    const kinds = [
      ['apps/v1', 'Deployment'],
      ['v1', 'ServiceAccount'],
      [rbac, 'Role'],
      [rbac, 'RoleBinding'],
    ] as const;
    const parts = kinds.map(async ([apiVersion, kind]) =>
      (await namesOf(bed, { apiVersion, kind, namespace }))
        .filter((name) => /^e2e-own-(operator|widget)$/.test(name))
        .map((name) => `${kind} ${name}`),
    );
    return (await Promise.all(parts)).flat();
  }

  function patchWidget(patch: object) {
    return bed.lab.run('kubectl', ['patch', 'widget', 'first', '-n', bed.namespace, '--type=merge', '-p', JSON.stringify(patch)]);
  }
});
