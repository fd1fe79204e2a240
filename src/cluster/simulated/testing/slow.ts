/** An API server that takes its time, on the virtual clock: what waits for what becomes countable. */
import type { Clock } from '../../clock.ts';
import { decorated } from '../../decorated.ts';
import type { Cluster } from '../../port.ts';

export type Slowness = {
  /** Each write takes so long, in ms. */
  writeMs: number;
  /** Each read, in ms. Default 0. */
  readMs?: number;
};

/** The same cluster; each of its answers takes so long. */
export function slow(cluster: Cluster, clock: Clock, slowness: Slowness): Cluster {
  const { writeMs, readMs = 0 } = slowness;
  const after = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const [read, write] = [() => after(readMs), () => after(writeMs)];
  return decorated(cluster, {
    get: (...given) => read().then(() => cluster.get(...given)),
    list: (...given) => read().then(() => cluster.list(...given)),
    create: (...given) => write().then(() => cluster.create(...given)),
    apply: (...given) => write().then(() => cluster.apply(...given)),
    patch: (...given) => write().then(() => cluster.patch(...given)),
    delete: (...given) => write().then(() => cluster.delete(...given)),
    as: (identity) => slow(cluster.as(identity), clock, slowness),
  });
}
