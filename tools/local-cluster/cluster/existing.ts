/**
 * A cluster that somebody else started: kind, k3d, minikube or any other. Nothing is started or stopped there and
 * nothing is kept about it: which one is meant is said by options or by BOOKEND_KUBECONFIG and BOOKEND_CONTEXT each
 * time.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { BookendError } from '../../../src/errors.ts';
import { archivedNames, requireArchive } from '../images/containerd.ts';
import { run } from '../machine/command.ts';
import { cacheDirectory } from '../machine/paths.ts';
import { writeFileAtomically } from './record.ts';

/** Which existing cluster is meant; at least one of the two is given. */
export type ExistingCluster = { kubeconfig?: string | undefined; context?: string | undefined };

/** A cluster that was found in a kubeconfig. */
export type FoundCluster = { context: string; server: string };

/** The context that is meant, without asking the cluster. */
export async function findExisting(cluster: ExistingCluster): Promise<FoundCluster> {
  const config = await load(cluster);
  return { context: config.getCurrentContext(), server: config.getCurrentCluster()?.server ?? '' };
}

/**
 * Asks the cluster for its version.
 * @throws BookendError `unreachable` when it does not answer, `bad-input` when there is no such context.
 */
export async function checkExisting(cluster: ExistingCluster): Promise<FoundCluster & { kubernetes: string }> {
  const config = await load(cluster);
  const { VersionApi } = await import('@kubernetes/client-node');
  const found = await findExisting(cluster);
  try {
    const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
    return { ...found, kubernetes: gitVersion };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause);
    throw new BookendError(
      'unreachable',
      `The cluster of context ${found.context} (${found.server}) does not answer: ${reason}`,
      { cause },
    );
  }
}

/** The command that brings an image archive into the cluster of a context, by the tool that made the cluster. */
export function loadCommand(context: string, tar: string): string[] {
  const [, tool, name] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (tool === 'kind' && name !== undefined) return ['kind', 'load', 'image-archive', tar, '--name', name];
  if (tool === 'k3d' && name !== undefined) return ['k3d', 'image', 'import', tar, '--cluster', name];
  // minikube calls the context by the name of its profile, and the first profile is "minikube".
  if (context === 'minikube') return ['minikube', 'image', 'load', tar];
  throw new BookendError('unsupported', `It is not known how images get into the cluster of context ${context}`, {
    advice: `Push the image to a registry that the cluster reads (for example: skopeo copy oci-archive:${tar} docker://REGISTRY/NAME:TAG). Contexts of kind (kind-NAME), k3d (k3d-NAME) and minikube are known.`,
  });
}

/** Loads an image archive into an existing cluster and gives the names of the images in it. */
export async function loadIntoExisting(cluster: ExistingCluster, tar: string): Promise<string[]> {
  const file = requireArchive(tar);
  const { context } = await findExisting(cluster);
  const [program = '', ...args] = loadCommand(context, file);
  await run(program, args, { advice: `Run it by hand and see: ${[program, ...args].join(' ')}` });
  return archivedNames(file);
}

/**
 * A value for KUBECONFIG with which every program uses this cluster. A context that is not the file's current one is
 * chosen by a small file before it: of several files the first one that names a current context decides, and so no
 * credentials are copied.
 */
export async function kubeconfigOfExisting(cluster: ExistingCluster): Promise<string> {
  const { context } = await findExisting(cluster);
  const files = filesOf(cluster).join(delimiter);
  if (cluster.context === undefined) return files;
  const chooser = join(cacheDirectory(), 'contexts', `${encodeURIComponent(context)}.kubeconfig`);
  mkdirSync(join(cacheDirectory(), 'contexts'), { recursive: true });
  writeFileAtomically(chooser, stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': context }), 0o600);
  return [chooser, files].join(delimiter);
}

function filesOf({ kubeconfig }: ExistingCluster): string[] {
  if (kubeconfig !== undefined) return [resolve(kubeconfig)];
  const files = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  return files.length > 0 ? files : [join(process.env.HOME ?? '/root', '.kube', 'config')];
}

async function load(cluster: ExistingCluster) {
  const files = filesOf(cluster).filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new BookendError('bad-input', `There is no kubeconfig ${filesOf(cluster).join(', ')}`, { field: '--kubeconfig' });
  }
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  for (const [index, file] of files.entries()) {
    const one = new KubeConfig();
    one.loadFromFile(file);
    if (index === 0) config.loadFromFile(file);
    else config.mergeConfig(one, true);
  }
  if (cluster.context !== undefined) config.setCurrentContext(cluster.context);
  if (!config.getCurrentCluster()) {
    const known = config.getContexts().map(({ name }) => name);
    throw new BookendError('bad-input', `There is no context "${config.getCurrentContext()}" in ${files.join(', ')}`, {
      field: '--context',
      advice: known.length > 0 ? `Choose one of ${known.join(', ')}.` : 'The file has no context.',
    });
  }
  return config;
}
