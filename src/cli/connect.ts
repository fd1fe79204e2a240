/** From the flags to a cluster, found as kubectl would find it. Nothing is sent before the first request of a verb. */
import { decorated } from '../cluster/decorated.ts';
import { type KubeCluster, openCluster } from '../cluster/kube/open.ts';
import type { ServerTime } from '../cluster/kube/server-clock.ts';
import { BookendError } from '../errors.ts';
import { version } from './build.ts';
import type { Connected } from './connected.ts';
import type { ClusterFlags } from './flags.ts';

const userAgent = `bookend/${version}`;

/**
 * @param serverTime hears the API server's time with every answer
 * @throws BookendError `bad-input` without a configuration, or for --as-group without --as.
 */
export async function connect(flags: ClusterFlags, serverTime?: ServerTime): Promise<Connected> {
  const { as: user, asGroup: groups } = flags;
  if (groups && user === undefined) {
    throw new BookendError('bad-input', '--as-group is given without --as', {
      field: '--as-group',
      advice: 'Add the user with --as.',
    });
  }
  const opened = await openCluster({ ...where(flags), userAgent, ...(serverTime && { serverTime }) });
  if (user === undefined) return { cluster: opened, namespace: opened.namespace, readLog: logsOf(opened) };
  // Only the cluster that was opened can be closed (see the port), and a verb knows only the one that it works with.
  const other = opened.as({ user, ...(groups && { groups }) });
  return {
    cluster: decorated(other, { close: () => opened.close() }),
    namespace: opened.namespace,
    readLog: logsOf(other),
  };
}

/** So many lines tell why a program failed. */
const lastLines = 20;

function logsOf(cluster: KubeCluster): NonNullable<Connected['readLog']> {
  return ({ namespace = '', name }, container) => cluster.logs({ namespace, pod: name, container, tailLines: lastLines });
}

/** For the operator, which counts its requests: `onRequest` is told the verb and the HTTP status of each. */
export function openForOperator(
  flags: ClusterFlags,
  onRequest: (verb: string, status: number) => void,
  serverTime: ServerTime,
): Promise<KubeCluster> {
  return openCluster({ ...where(flags), userAgent, onRequest: ({ verb, status }) => onRequest(verb, status), serverTime });
}

function where({ kubeconfig, context }: ClusterFlags): { kubeconfig?: string; context?: string } {
  return { ...(kubeconfig !== undefined && { kubeconfig }), ...(context !== undefined && { context }) };
}
