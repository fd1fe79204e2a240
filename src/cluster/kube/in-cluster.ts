/** The cluster that we run in, as Kubernetes tells every container: service address by environment, ServiceAccount by files. */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { BookendError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import { type Environment, proxyFromEnvironment } from './proxy.ts';
import { tokenFileCredentials } from './token-file.ts';

export type InClusterOptions = { environment: Environment; clock: Clock; directory: string | undefined };

/** @returns undefined outside of a Pod. @throws `bad-input` inside of one that was given no ServiceAccount token. */
export async function inClusterConnection({ environment, clock, directory }: InClusterOptions): Promise<Connection | undefined> {
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
