/**
 * (c) What the operator costs while the cluster is full of things that are not ours: memory and requests with 1,000 and
 * 10,000 foreign objects. And what many large ClusterOperators cost it, under the memory limit that the chart sets.
 */
import { inTurns } from '../src/cluster/in-turns.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { until, untilNone } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import type { Bench } from './main.ts';
import { difference, operatorFigures, peakMemory } from './operator-figures.ts';
import { clusterOperator, install, namespace, withBookend } from './stage.ts';

export const footprint: Bench = async ({ lab, progress }) => {
  const opened = await lab();
  return withBookend(opened, progress, async () => {
    const results: Record<string, object> = {};
    let made = 0;
    for (const count of [0, 1_000, 10_000]) {
      await progress.step(`creating ${count - made} ConfigMaps that are not ours`, () =>
        inTurns(
          32,
          Array.from({ length: count - made }, (_, index) => made + index),
          (index) =>
            opened.cluster.create({
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: { name: `foreign-${index}`, namespace },
              data: { text: 'x'.repeat(500) },
            }),
        ),
      );
      made = count;
      results[`foreign${count}`] = await progress.step(`one ClusterOperator beside ${count} foreign objects`, async () => {
        const before = await operatorFigures(opened);
        await install(opened.cluster, clusterOperator('bench-footprint', [{ name: 'all', objects: small() }]));
        const installed = await operatorFigures(opened);
        await opened.cluster.delete({ ...clusterOperatorKind, name: 'bench-footprint' });
        await untilNone(opened.cluster, clusterOperatorKind);
        const after = await operatorFigures(opened);
        const { residentBytes: _, ...installRequests } = difference(installed, before);
        const { residentBytes: __, ...teardownRequests } = difference(after, installed);
        return {
          residentMegabytes: Math.round(Math.max(installed.residentBytes, after.residentBytes) / 1e6),
          objects: small().length,
          installRequests,
          teardownRequests,
        };
      });
    }
    results[`large${largeOnes}`] = await large(opened, progress);
    return results;
  });
};

/** So many ClusterOperators of about 1 MB, as tenants may make them. */
const largeOnes = 200;

async function large(lab: Lab, progress: Progress): Promise<object> {
  const { cluster } = lab;
  const names = Array.from({ length: largeOnes }, (_, index) => `bench-large-${index}`);
  const installMs = await progress.step(`${largeOnes} ClusterOperators of 1 MB`, async () => {
    const started = performance.now();
    await inTurns(4, names, (name) => cluster.create(clusterOperator(name, [{ name: 'all', objects: heavy(name) }])));
    const isReady = (object: KubernetesObject) => ((object as ClusterOperator).status?.phase === 'Ready' ? undefined : object);
    const query = { ...clusterOperatorKind, keep: isReady };
    await until('all of them to be ready', async () => (await cluster.list(query)).items.length === 0, 1_800_000, 2_000);
    return performance.now() - started;
  });
  const installed = await peakMemory(lab);
  const teardownMs = await progress.step('taking all of them down', async () => {
    const started = performance.now();
    await inTurns(16, names, (name) => cluster.delete({ ...clusterOperatorKind, name }));
    await untilNone(cluster, { ...clusterOperatorKind, metadataOnly: true }, 1_800_000);
    return performance.now() - started;
  });
  const { peakMegabytes, restarts } = await peakMemory(lab);
  return {
    clusterOperators: largeOnes,
    installSeconds: Math.round(installMs / 1000),
    teardownSeconds: Math.round(teardownMs / 1000),
    peakMegabytes: Math.max(installed.peakMegabytes, peakMegabytes),
    restarts,
  };
}

/** Three ConfigMaps of a third of a megabyte. */
function heavy(name: string): object[] {
  return Array.from({ length: 3 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}-${index}` },
    data: { text: 'x'.repeat(330_000) },
  }));
}

function small(): object[] {
  return Array.from({ length: 10 }, (_, index) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `ours-${index}` } }));
}
