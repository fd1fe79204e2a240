/** Kubeconfig files: read, merged as kubectl merges them, and the chosen context turned into a connection. */
import { parse } from 'yaml';
import { BookendError } from '../../errors.ts';
import { isMap } from '../../objects/fields.ts';
import { excessIn } from '../../objects/yaml-bounds.ts';
import type { Clock } from '../clock.ts';
import { type Connection, type Environment, proxyFromEnvironment, type TlsOptions } from './connection.ts';
import { credentialsOf } from './credentials.ts';
import {
  badConfig,
  type Entry,
  entriesOf,
  type KubeconfigCluster,
  type KubeconfigUser,
  pem,
  readText,
  textIn,
} from './kubeconfig-entries.ts';

export type Kubeconfig = {
  clusters: Map<string, Entry<KubeconfigCluster>>;
  users: Map<string, Entry<KubeconfigUser>>;
  contexts: Map<string, Entry<KubeconfigContext>>;
  currentContext: string | undefined;
  files: string[];
};

type KubeconfigContext = { cluster?: string; user?: string; namespace?: string };

/**
 * Reads and merges: for every name, and for the current context, the first file that has it wins.
 * @returns undefined when none of the files exists. @throws `bad-input` for what cannot be read.
 */
export async function loadKubeconfig(files: string[], { mustExist }: { mustExist: boolean }): Promise<Kubeconfig | undefined> {
  const merged: Kubeconfig = { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: undefined, files };
  let found = false;
  for (const file of files) {
    const text = await readText(file, mustExist);
    if (text === undefined) continue;
    found = true;
    const content = parseFile(file, text);
    for (const entry of entriesOf<KubeconfigCluster>(content, 'cluster', file)) addFirst(merged.clusters, entry);
    for (const entry of entriesOf<KubeconfigUser>(content, 'user', file)) addFirst(merged.users, entry);
    for (const entry of entriesOf<KubeconfigContext>(content, 'context', file)) addFirst(merged.contexts, entry);
    merged.currentContext ??= textIn(content, 'current-context', file);
  }
  return found ? merged : undefined;
}

/** The connection that a context describes. @param wanted Its name, instead of the current one. */
export async function connectionOf(
  kubeconfig: Kubeconfig,
  wanted: string | undefined,
  surroundings: { environment: Environment; clock: Clock },
): Promise<Connection> {
  const { name, cluster, user, namespace } = chosenEntries(kubeconfig, wanted);
  const server = serverOf(cluster);
  const proxyUrl = cluster.value['proxy-url'] ?? proxyFromEnvironment(server, surroundings.environment);
  return {
    name,
    server,
    tls: await tlsOf(cluster),
    ...(proxyUrl && { proxyUrl }),
    credentials: await credentialsOf(user ?? { name: '', file: cluster.file, value: {} }, cluster, surroundings.clock),
    namespace: namespace || 'default',
    ...impersonationOf(user?.value),
  };
}

/** The cluster and the user of a context. @throws `bad-input` for a name that the kubeconfig does not have */
function chosenEntries(kubeconfig: Kubeconfig, wanted: string | undefined) {
  const where = kubeconfig.files.join(', ');
  const name = wanted ?? kubeconfig.currentContext;
  if (!name) throw badConfig(`${where} names no current context`, 'current-context', contextsOf(kubeconfig));
  const context = kubeconfig.contexts.get(name);
  if (!context) throw badConfig(`${where} has no context ${name}`, 'contexts', contextsOf(kubeconfig));
  const { cluster: clusterName = '', user: userName = '', namespace } = context.value;
  const cluster = kubeconfig.clusters.get(clusterName);
  if (!cluster) throw badConfig(`Context ${name} names the cluster ${clusterName}, which ${where} does not have`, 'clusters');
  const user = kubeconfig.users.get(userName);
  if (userName && !user) throw badConfig(`Context ${name} names the user ${userName}, which ${where} does not have`, 'users');
  return { name, cluster, user, namespace };
}

async function tlsOf(cluster: Entry<KubeconfigCluster>): Promise<TlsOptions> {
  const ca = await pem(cluster, 'certificate-authority-data', 'certificate-authority');
  const serverName = cluster.value['tls-server-name'];
  return {
    ...(ca && { ca }),
    ...(serverName && { serverName }),
    ...(cluster.value['insecure-skip-tls-verify'] && { verify: false }),
  };
}

function impersonationOf({ as, 'as-groups': groups, 'as-uid': uid }: KubeconfigUser = {}): Pick<Connection, 'impersonate'> {
  return as ? { impersonate: { user: as, ...(groups && { groups }), ...(uid && { uid }) } } : {};
}

function parseFile(file: string, text: string): Record<string, unknown> {
  const excess = excessIn(text);
  if (excess) throw new BookendError('bad-input', `${file}:${excess.line}: ${excess.message}`);
  try {
    const content: unknown = parse(text, { logLevel: 'error', prettyErrors: false }) ?? {};
    if (isMap(content)) return content;
  } catch (cause) {
    throw new BookendError('bad-input', `${file} is not valid YAML: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  throw new BookendError('bad-input', `${file} is not a kubeconfig`);
}

function serverOf({ name, value }: Entry<KubeconfigCluster>): string {
  const { server = '' } = value;
  const url = URL.parse(server.includes('://') ? server : `https://${server}`);
  if (server === '' || !url || !/^https?:$/.test(url.protocol)) {
    throw badConfig(`Cluster ${name} has no valid server address: ${JSON.stringify(server)}`, `clusters[${name}].cluster.server`);
  }
  return url.origin + url.pathname.replace(/\/$/, '');
}

function contextsOf({ contexts }: Kubeconfig): string {
  const names = [...contexts.keys()];
  return names.length === 0 ? 'It has no contexts at all: correct it.' : `Choose one with --context: ${names.join(', ')}.`;
}

function addFirst<T>(entries: Map<string, Entry<T>>, entry: Entry<T>): void {
  if (!entries.has(entry.name)) entries.set(entry.name, entry);
}
