/** An operator on an API server that takes its time, on the virtual clock. */
import type { Connection, SimulatedCluster } from '../../cluster/simulated/index.ts';
import { type Slowness, slow } from '../../cluster/simulated/testing/slow.ts';
import type { Guard } from '../guard.ts';
import { type RunningOperator, startOperator } from './operator-run.ts';

type SlowStart = Slowness & {
  /** See `startOperator`. */
  makeGuard?(connection: Connection): Guard;
};

export function startSlow(simulated: SimulatedCluster, { makeGuard, ...slowness }: SlowStart): RunningOperator {
  const connect: SimulatedCluster['connect'] = (user) => {
    const connection = simulated.connect(user);
    return { ...connection, cluster: slow(connection.cluster, connection.clock, slowness) };
  };
  return startOperator({ ...simulated, connect }, makeGuard);
}
