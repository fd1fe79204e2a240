/** The operator as a contender: all objects in one ClusterOperator. */
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { until } from '../../tools/lab/observe.ts';
import { clusterOperator, install } from '../stage.ts';
import type { Contender, Ground } from './contender.ts';

const name = 'bench-throughput';

export function operator({ lab: { cluster }, objects }: Ground): Contender {
  return {
    name: 'operator',
    install: () => install(cluster, clusterOperator(name, [{ name: 'all', objects: [...objects] }])),
    remove: async () => {
      let goneAt: number | undefined;
      let ready = false;
      const watch = cluster.watch(
        { ...clusterOperatorKind, fieldSelector: `metadata.name=${name}`, metadataOnly: true },
        {
          replace: (found) => {
            if (ready && found.length === 0) goneAt ??= performance.now();
            ready = true;
          },
          changed: () => undefined,
          removed: () => {
            goneAt ??= performance.now();
          },
        },
      );
      try {
        await until('the watch of the ClusterOperator', async () => ready);
        const started = performance.now();
        await cluster.delete({ ...clusterOperatorKind, name });
        return (await until('the ClusterOperator to be gone', async () => goneAt, 600_000, 20)) - started;
      } finally {
        watch.close();
      }
    },
  };
}
