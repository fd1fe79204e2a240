/**
 * Where the cluster is and who we are there, found the way kubectl finds it: an explicit kubeconfig, KUBECONFIG, ~/.kube/config,
 * and last the ServiceAccount of the Pod that we run in.
 */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { type Clock, wallClock } from '../clock.ts';
import type { Connection } from './connection.ts';
import { inClusterConnection } from './in-cluster.ts';
import { connectionOf, loadKubeconfig } from './kubeconfig.ts';
import type { Environment } from './proxy.ts';

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
      advice: 'Give --kubeconfig FILE, set KUBECONFIG, or run inside a Pod that has a ServiceAccount token.',
    },
  );
}
