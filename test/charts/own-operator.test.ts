/**
 * The library chart on the cluster, without Bookend's operator: a chart keeps its own operator, which serves a
 * finalizer of its own and leaves its Pods to the garbage collector. Operator and rights must live until the Widgets,
 * what was made out of them, and the last Pod are gone.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { bystander, type Sighting, until, untilNone } from '../../tools/lab/observe.ts';
import { hookIsRunning, namesOf, noFailedHook, useTestBed } from '../e2e/support.ts';
import { helms, valuesFile } from './helm.ts';

const chart = join(root, 'examples', 'own-operator');
const widget = join(chart, 'widget.yaml');
const release = 'e2e-own';
const widgets = { apiVersion: 'example.com/v1', kind: 'Widget' };

const ways = {
  'with rights in every namespace': { bookend: { delete: [{ kind: 'widgets.example.com', all: true }] } },
  'for a whole API group, its image tried at install': {
    bookend: { delete: [{ kind: '*.example.com', namespace: '{{ .Release.Namespace }}' }], order: 'Needs', checkImage: true },
  },
  'with rights in its own namespace only': {},
};

describe('A chart with an operator of its own', () => {
  const bed = useTestBed('own-operator', { bookend: false });

  for (const helm of helms) {
    for (const [how, values] of Object.entries(ways)) {
      test(`${helm}, hook ${how}: operator and rights go after the last Pod of the Widgets`, async () => {
        const { lab, cluster, namespace } = bed;
        await install(helm, values);
        const watcher = bystander(cluster, [
          { apiVersion: 'v1', kind: 'Pod', namespace },
          { apiVersion: 'apps/v1', kind: 'Deployment', namespace },
          { apiVersion: 'v1', kind: 'ServiceAccount', namespace },
          { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', namespace },
          { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace },
        ]);
        await watcher.synced();
        await lab.run(helm, ['uninstall', release, '-n', namespace]);
        await untilNone(cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
        watcher.close();
        const { sightings } = watcher;

        const podsGone = Math.max(...times(sightings, 'gone', 'Pod', /^widget-first-/));
        const parts: [string, RegExp][] = [
          ['Deployment', /^e2e-own-operator$/],
          ['ServiceAccount', /^e2e-own-(operator|widget)$/],
          ['Role', /^e2e-own-(operator|widget)$/],
          ['RoleBinding', /^e2e-own-(operator|widget)$/],
        ];
        for (const [kind, name] of parts) {
          const first = Math.min(...[...times(sightings, 'terminating', kind, name), ...times(sightings, 'gone', kind, name)]);
          assert.ok(Number.isFinite(first), `${kind} went`);
          assert.ok(podsGone <= first, `${kind} went at ${first} ms, the last Pod of the Widget at ${podsGone} ms`);
        }
        await noFailedHook(bed);
        await nothingIsLeft();
      });
    }
  }

  for (const helm of helms) {
    test(`${helm}: while the operator does not run the uninstall fails with the reason, and the second one ends it`, async () => {
      const { lab, namespace } = bed;
      await install(helm, { bookend: { timeoutSeconds: 20 } });
      await lab.run('kubectl', ['scale', 'deployment', 'e2e-own-operator', '--replicas=0', '-n', namespace]);
      await until('the operator to be stopped', async () => (await pods()).every((name) => !name.startsWith('e2e-own-operator')));

      const failed = await lab.attempt(helm, ['uninstall', release, '-n', namespace]);
      assert.notEqual(failed.code, 0);
      assert.match(failed.stdout + failed.stderr, /Widget e2e-own-operator\/first/, 'Helm shows what the hook waited for');
      assert.deepEqual(await namesOf(bed, { ...widgets, namespace }), ['first']);
      const stayed = (await pods()).filter((name) => name.startsWith('e2e-own-bookend-hook')).length;
      assert.deepEqual(stayed, 1, 'the failed hook stays to be read');

      const second = lab.run(helm, ['uninstall', release, '-n', namespace]);
      await until('the hook to run again', () => hookIsRunning(bed, release));
      await lab.run('kubectl', ['scale', 'deployment', 'e2e-own-operator', '--replicas=1', '-n', namespace]);
      await second;
      await untilNone(bed.cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
      await nothingIsLeft();
    });
  }

  async function install(helm: HelmVersion, values: object): Promise<void> {
    const { lab, namespace } = bed;
    await lab.run(helm, ['install', release, chart, '-n', namespace, '--wait', '--values', valuesFile(values)]);
    await until(
      'Widgets to be served',
      async () => (await lab.attempt('kubectl', ['apply', '-n', namespace, '-f', widget])).code === 0,
    );
    await until('the Pods of the Widget', async () => readyReplicas());
  }

  async function readyReplicas(): Promise<boolean> {
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: bed.namespace, name: 'widget-first' };
    const deployment = await bed.cluster.get(ref);
    return (deployment?.status as { readyReplicas?: number } | undefined)?.readyReplicas === 2;
  }

  function pods(): Promise<string[]> {
    return namesOf(bed, { apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace });
  }

  async function nothingIsLeft(): Promise<void> {
    const { namespace } = bed;
    const rbac = 'rbac.authorization.k8s.io/v1';
    const left = await Promise.all([
      namesOf(bed, { apiVersion: 'batch/v1', kind: 'Job', namespace }),
      namesOf(bed, { apiVersion: 'v1', kind: 'ServiceAccount', namespace }),
      namesOf(bed, { apiVersion: rbac, kind: 'Role', namespace }),
      namesOf(bed, { apiVersion: rbac, kind: 'RoleBinding', namespace }),
      namesOf(bed, { apiVersion: rbac, kind: 'ClusterRole' }),
      namesOf(bed, { apiVersion: rbac, kind: 'ClusterRoleBinding' }),
      namesOf(bed, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }),
    ]);
    const ours = left
      .flat()
      .filter((name) => name.includes('e2e-own') || name.includes('bookend-hook') || name.startsWith('widgets.'));
    assert.deepEqual(ours, []);
  }
});

/** When objects whose name matches were seen so, in ms. */
function times(sightings: readonly Sighting[], what: Sighting['what'], kind: string, name: RegExp): number[] {
  return sightings
    .filter((sighting) => sighting.what === what && sighting.object.kind === kind && name.test(sighting.object.metadata.name))
    .map(({ atMs }) => atMs);
}
