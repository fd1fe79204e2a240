/** (c) What the operator costs while the cluster is full of things that are not ours: memory and requests with 1,000 and 10,000 foreign objects. */
import { inTurns } from '../src/cluster/in-turns.ts';
import { clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { untilNone } from '../tools/lab/observe.ts';
import type { Bench } from './main.ts';
import { clusterOperator, difference, install, namespace, operatorFigures, withBookend } from './stage.ts';

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
    return results;
  });
};

function small(): object[] {
  return Array.from({ length: 10 }, (_, index) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `ours-${index}` } }));
}
