/**
 * The way in. Where the cluster is and who we are there is found the way kubectl finds it: an explicit kubeconfig,
 * KUBECONFIG, ~/.kube/config, and last the ServiceAccount of the Pod that we run in.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { type Clock, wallClock } from '../clock.ts';
import { KubeCluster } from './cluster.ts';
import { type Connection, type Environment, proxyFromEnvironment } from './connection.ts';
import { tokenFileCredentials } from './credentials.ts';
import { Discovery } from './discovery.ts';
import type { WatchTiming } from './follow.ts';
import { Http, type RequestInfo } from './http.ts';
import { connectionOf, loadKubeconfig } from './kubeconfig.ts';
import type { ServerTime } from './server-clock.ts';
import { defaultTiming } from './watch.ts';

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

export type ConfigOptions = {
  /** `--kubeconfig`: this file and no other. */
  kubeconfig?: string;
  /** `--context`: instead of the kubeconfig's current one. */
  context?: string;
  /** Default: this process's. */
  environment?: Environment;
  /** Where `.kube/config` is looked for, default: the user's home. */
  home?: string;
  /** Where Kubernetes mounts a Pod's token, default `/var/run/secrets/kubernetes.io/serviceaccount`. */
  serviceAccountDirectory?: string;
  clock?: Clock;
};

/** @throws `bad-input` when nothing is configured, or when what is configured makes no sense. */
export async function findConnection(options: ConfigOptions = {}): Promise<Connection> {
  const { kubeconfig, context, environment = process.env, home = homedir(), clock = wallClock } = options;
  const fromEnvironment = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const files = kubeconfig ? [kubeconfig] : fromEnvironment.length > 0 ? fromEnvironment : [join(home, '.kube', 'config')];
  const merged = await loadKubeconfig(files, { mustExist: kubeconfig !== undefined });
  if (merged) return connectionOf(merged, context, { environment, clock });
  if (kubeconfig === undefined && fromEnvironment.length === 0 && context === undefined) {
    const inCluster = await inClusterConnection({ environment, clock, directory: options.serviceAccountDirectory });
    if (inCluster) return inCluster;
  }
  throw new BookendError(
    'bad-input',
    `No cluster is configured: ${files.join(', ')} ${files.length > 1 ? 'do' : 'does'} not exist`,
    {
      advice: 'Name a file with --kubeconfig, set KUBECONFIG, or run inside a Pod that has a ServiceAccount token.',
    },
  );
}

type InClusterOptions = { environment: Environment; clock: Clock; directory: string | undefined };

/**
 * The cluster that we run in, as Kubernetes describes it to every container: its address in the environment, the
 * ServiceAccount in files.
 *
 * @returns undefined outside of a Pod.
 * @throws `bad-input` inside of one that was given no ServiceAccount token.
 */
async function inClusterConnection({ environment, clock, directory }: InClusterOptions): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  if (!host) return undefined;
  const files = directory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const credentials = tokenFileCredentials(join(files, 'token'), clock);
  try {
    await credentials.current();
  } catch (cause) {
    throw new BookendError('bad-input', `This Pod has no ServiceAccount token in ${files}`, {
      advice: 'Set automountServiceAccountToken to true, or give --kubeconfig.',
      cause,
    });
  }
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const ca = await readOptional(join(files, 'ca.crt'));
  const proxyUrl = proxyFromEnvironment(server, environment);
  return {
    name: 'in-cluster',
    server,
    tls: ca ? { ca } : {},
    ...(proxyUrl && { proxyUrl }),
    credentials,
    namespace: (await readOptional(join(files, 'namespace')))?.trim() || 'default',
  };
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
