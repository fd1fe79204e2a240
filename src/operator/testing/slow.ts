/** An operator on an API server that takes its time, on the virtual clock: what waits for what becomes countable. */
import { decorated } from '../../cluster/decorated.ts';
import type { Cluster } from '../../cluster/port.ts';
import type { Connection, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { Guard } from '../guard.ts';
import { type RunningOperator, startOperator } from './operator-run.ts';

type Slowness = {
  /** Each write takes so long, in ms. */
  writeMs: number;
  /** Each read, in ms. Default 0. */
  readMs?: number;
  /** See `startOperator`. */
  makeGuard?(connection: Connection): Guard;
};

export function startSlow(simulated: SimulatedCluster, { writeMs, readMs = 0, makeGuard }: Slowness): RunningOperator {
  const connect: SimulatedCluster['connect'] = (user) => {
    const connection = simulated.connect(user);
    const after = (ms: number) => new Promise<void>((resolve) => connection.clock.after(ms, resolve));
    return {
      ...connection,
      cluster: slow(
        connection.cluster,
        () => after(readMs),
        () => after(writeMs),
      ),
    };
  };
  return startOperator({ ...simulated, connect }, makeGuard);
}

type Wait = () => Promise<void>;

function slow(cluster: Cluster, read: Wait, write: Wait): Cluster {
  return decorated(cluster, {
    get: (...given) => read().then(() => cluster.get(...given)),
    list: (...given) => read().then(() => cluster.list(...given)),
    create: (...given) => write().then(() => cluster.create(...given)),
    apply: (...given) => write().then(() => cluster.apply(...given)),
    patch: (...given) => write().then(() => cluster.patch(...given)),
    delete: (...given) => write().then(() => cluster.delete(...given)),
    as: (identity) => slow(cluster.as(identity), read, write),
  });
}
