/** The operator as a contender: all objects in one ClusterOperator. */
import { clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { clusterOperator, install, removed } from '../stage.ts';
import type { Contender, Setup } from './contender.ts';

const name = 'bench-throughput';

export function operator({ lab: { cluster }, objects }: Setup): Contender {
  return {
    name: 'operator',
    install: () => install(cluster, clusterOperator(name, [{ name: 'all', objects: [...objects] }])),
    remove: () => removed(cluster, clusterOperatorKind, () => cluster.delete({ ...clusterOperatorKind, name }), 600_000),
  };
}
