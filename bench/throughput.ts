/**
 * (d) Many small objects: 500 ConfigMaps, 500 Roles and 500 RoleBindings in one ClusterOperator, installed and taken
 * down.
 */

import { clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { granted, userOf } from '../tools/lab/access.ts';
import { bystander, until } from '../tools/lab/observe.ts';
import type { Bench } from './main.ts';
import { clusterOperator, difference, install, operatorFigures, withBookend } from './stage.ts';

const each = 500;

export const throughput: Bench = async ({ lab, progress }) => {
  const opened = await lab();
  return withBookend(opened, progress, () =>
    progress.step(`${each * 3} objects in one ClusterOperator`, async () => {
      const start = await operatorFigures(opened);
      const installMs = await install(opened.cluster, clusterOperator('bench-throughput', [{ name: 'all', objects: objects() }]));
      const middle = await operatorFigures(opened);
      const watcher = bystander(opened.cluster, [{ ...clusterOperatorKind, metadataOnly: true }]);
      await watcher.synced();
      await opened.cluster.delete({ ...clusterOperatorKind, name: 'bench-throughput' });
      const at = (what: string) => watcher.sightings.find((sighting) => sighting.what === what)?.atMs;
      const gone = await until('the ClusterOperator to be gone', async () => at('gone'), 300_000, 20);
      const teardownMs = gone - (at('terminating') ?? 0);
      watcher.close();
      const end = await operatorFigures(opened);
      const { residentBytes: _, ...installRequests } = difference(middle, start);
      const { residentBytes: __, ...teardownRequests } = difference(end, middle);
      const rate = (ms: number) => Math.round((each * 3) / (ms / 1000));
      return {
        objects: each * 3,
        install: { ms: Math.round(installMs), objectsPerSecond: rate(installMs), requests: installRequests },
        teardown: { ms: Math.round(teardownMs), objectsPerSecond: rate(teardownMs), requests: teardownRequests },
        residentMegabytes: Math.round(end.residentBytes / 1e6),
      };
    }),
  );
};

function objects(): object[] {
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  return Array.from({ length: each }, (_, index) => {
    const metadata = { name: `bench-${index}` };
    return [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { index: String(index) } },
      ...granted('Role', metadata, rules, userOf(metadata.name)),
    ];
  }).flat();
}
