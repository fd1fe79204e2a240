/**
 * What the benchmarks share: Bookend installed from its chart, a namespace of their own, what is measured of every
 * install and removal.
 */
import { join } from 'node:path';
import { Mirror } from '../src/cluster/mirror.ts';
import type { Cluster, Query } from '../src/cluster/port.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { type Lab, root } from '../tools/lab/lab.ts';
import { until, untilNone } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';

export const operatorNamespace = 'bookend-system';
export const namespace = 'bookend-bench';
export const agentImage = 'registry.bookend.dev/examples/node-agent:0.1.0';

/**
 * Runs `work` with Bookend installed and an empty namespace, and removes both whatever happens.
 * @param settings values of the chart, as `helm --set` has them
 */
export async function withBookend<T>(
  lab: Lab,
  progress: Progress,
  work: () => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  await clear(lab);
  await progress.step('installing Bookend', async () => {
    await lab.run('helm4', [
      'install',
      'bookend',
      join(root, 'charts', 'bookend'),
      '-n',
      operatorNamespace,
      '--create-namespace',
      '--wait',
      // On a cluster of our own: rights are not what is measured.
      ...Object.entries({ 'deployer.clusterAdmin': 'true', ...settings }).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ]);
    await lab.cluster.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { fieldManager: 'bench', force: true },
    );
  });
  try {
    return await work();
  } finally {
    await progress.step('removing Bookend', () => clear(lab));
  }
}

async function clear(lab: Lab): Promise<void> {
  await lab.attempt('helm4', ['uninstall', 'bookend', '-n', operatorNamespace, '--ignore-not-found', '--wait']);
  const names = [namespace, operatorNamespace];
  await lab.run('kubectl', ['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false']);
  for (const name of names)
    await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Namespace', fieldSelector: `metadata.name=${name}` }, 300_000);
}

/**
 * Creates it and waits until everything is ready. By a watch: a large one that is read again and again would keep the
 * API server busier than what is measured.
 * @returns ms from its creation until Ready
 */
export async function install(cluster: Cluster, resource: KubernetesObject, timeoutMs = 300_000): Promise<number> {
  const { name } = resource.metadata;
  let readyAt: number | undefined;
  const see = (object: KubernetesObject) => {
    if ((object as ClusterOperator).status?.phase === 'Ready') readyAt ??= performance.now();
  };
  const query = { ...clusterOperatorKind, fieldSelector: `metadata.name=${name}` };
  const watch = cluster.watch(query, { replace: (objects) => objects.forEach(see), changed: see, removed: () => {} });
  try {
    const started = performance.now();
    await cluster.create(resource);
    const end = await until(`ClusterOperator ${name} to be ready`, async () => readyAt, timeoutMs, 20);
    return end - started;
  } finally {
    watch.close();
  }
}

/**
 * Asks for a removal and waits until nothing matches any more: by a watch, so that the wait costs the API server
 * nothing.
 * @returns how long it took, in ms
 */
export async function removed(cluster: Cluster, query: Query, ask: () => Promise<unknown>, timeoutMs: number): Promise<number> {
  const present = new Mirror(cluster, { ...query, metadataOnly: true });
  try {
    await present.whenSynced();
    return await timed(async () => {
      await ask();
      await until(`no ${query.kind} to be left`, async () => present.size === 0, timeoutMs, 10);
    });
  } finally {
    present.close();
  }
}

/** @returns how long it took, in ms */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function clusterOperator(
  name: string,
  components: { name: string; dependsOn?: string[]; objects: object[] }[],
): KubernetesObject {
  return { ...clusterOperatorKind, metadata: { name }, spec: { namespace, components } };
}
