/** The way in: from a kubeconfig or from inside a Pod to a cluster that can be worked with. */
import { type Clock, wallClock } from '../clock.ts';
import { KubeCluster } from './cluster.ts';
import { type ConfigOptions, findConnection } from './config.ts';
import type { Connection } from './connection.ts';
import { Discovery } from './discovery.ts';
import { Http, type RequestInfo } from './http.ts';
import type { ServerTime } from './server-clock.ts';
import { defaultTiming } from './watch.ts';
import type { WatchTiming } from './watch-timing.ts';

export { KubeCluster } from './cluster.ts';
export type { RequestInfo } from './http.ts';

export type OpenOptions = ConfigOptions & {
  /** Instead of finding one. */
  connection?: Connection;
  /** How long failed requests are repeated (ms), default 15 s. A command line that a person waits for may want less. */
  retryForMs?: number;
  /** How long the server may be silent within one request (ms), default 30 s. */
  timeoutMs?: number;
  /** How many requests may be under way at the same time, default 32; watches are not counted. */
  connections?: number;
  /** Objects in one page of a list, default 500 (as kubectl). */
  pageSize?: number;
  userAgent?: string;
  /** Called after every request, also the repeated ones. */
  onRequest?: (info: RequestInfo) => void;
  /** Hears the API server's time with every answer: see server-clock.ts. */
  serverTime?: ServerTime;
  clock?: Clock;
  /** A number in [0, 1). */
  random?: () => number;
  watchTiming?: Partial<WatchTiming>;
};

/**
 * Opens a cluster. Nothing is sent yet; the first request finds out whether the server is there.
 *
 * @example
 * const cluster = await openCluster({ context: 'staging' });
 * const deployments = new Mirror(cluster, { apiVersion: 'apps/v1', kind: 'Deployment' });
 * await deployments.whenSynced();
 * await cluster.close();
 *
 * @throws `bad-input` when there is no configuration, or one that makes no sense.
 */
export async function openCluster(options: OpenOptions = {}): Promise<KubeCluster> {
  const connection = options.connection ?? (await findConnection(options));
  const http = new Http(connection, {
    clock: options.clock ?? wallClock,
    random: options.random ?? Math.random,
    retryForMs: options.retryForMs ?? 15_000,
    connections: options.connections ?? 32,
    timeoutMs: options.timeoutMs ?? 30_000,
    userAgent: options.userAgent ?? 'bookend',
    ...(options.onRequest && { onRequest: options.onRequest }),
    ...(options.serverTime && { serverTime: options.serverTime }),
  });
  const access = { http, discovery: new Discovery(http), pageSize: options.pageSize ?? 500 };
  return new KubeCluster(access, { ...defaultTiming, ...options.watchTiming });
}
