/**
 * What the benchmarks share: Bookend installed from its chart, a namespace of their own, the operator's own figures.
 */
import { join } from 'node:path';
import { Mirror } from '../src/cluster/mirror.ts';
import type { Cluster, Query } from '../src/cluster/port.ts';
import { BookendError } from '../src/errors.ts';
import { listOf, mapOf } from '../src/objects/fields.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { type Lab, root } from '../tools/lab/lab.ts';
import { until, untilNone } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';

const operatorNamespace = 'bookend-system';
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
 * Requests that all replicas of the operator made so far, by kind of verb, and the memory of the larger one, from their
 * own metrics.
 */
export async function operatorFigures(
  lab: Lab,
): Promise<{ writes: number; reads: number; watches: number; residentBytes: number }> {
  // They are served on the loopback address of the Pod.
  const read = "fetch('http://127.0.0.1:8080/metrics').then(async (answer) => process.stdout.write(await answer.text()))";
  const texts = await Promise.all((await operatorPods(lab)).map(({ metadata: { name } }) => inOperator(lab, name, read)));
  const values = (pattern: RegExp) => texts.map((text) => [...text.matchAll(pattern)].map(([, value]) => Number(value)));
  const sum = (pattern: RegExp) =>
    values(pattern)
      .flat()
      .reduce((total, value) => total + value, 0);
  const requests = (verbs: string) => sum(new RegExp(`^bookend_api_requests_total\\{verb="(?:${verbs})"[^}]*\\} (\\S+)$`, 'gm'));
  return {
    writes: requests('create|apply|patch|delete|update'),
    reads: requests('get|list'),
    watches: requests('watch'),
    residentBytes: Math.max(...values(/^process_resident_memory_bytes (\S+)$/gm).flat()),
  };
}

/**
 * The most memory that a replica of the operator has had since it began, and how often their containers were started
 * again.
 */
export async function peakMemory(lab: Lab): Promise<{ peakMegabytes: number; restarts: number }> {
  const pods = await operatorPods(lab);
  const read = "process.stdout.write(require('node:fs').readFileSync('/proc/1/status', 'utf8'))";
  const texts = await Promise.all(pods.map(({ metadata: { name } }) => inOperator(lab, name, read)));
  const kilobytes = texts.map((text) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0));
  const restarts = pods.map(({ status }) => Number(mapOf(listOf(mapOf(status).containerStatuses)[0]).restartCount ?? 0));
  return {
    peakMegabytes: Math.round((Math.max(...kilobytes) * 1024) / 1e6),
    restarts: restarts.reduce((sum, count) => sum + count, 0),
  };
}

async function operatorPods(lab: Lab): Promise<KubernetesObject[]> {
  const { items } = await lab.cluster.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: operatorNamespace,
    labelSelector: 'app.kubernetes.io/name=bookend',
    fieldSelector: 'status.phase=Running',
  });
  if (items.length === 0) throw new BookendError('not-found', `no Pod of the operator runs in ${operatorNamespace}`);
  return items;
}

/** Runs a script with the Node of the operator's image. @returns what it prints */
async function inOperator(lab: Lab, pod: string, script: string): Promise<string> {
  return (await lab.run('kubectl', ['exec', '-n', operatorNamespace, pod, '--', '/usr/bin/node', '-e', script])).stdout;
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

export function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]));
}

export function clusterOperator(
  name: string,
  components: { name: string; dependsOn?: string[]; objects: object[] }[],
): KubernetesObject {
  return { ...clusterOperatorKind, metadata: { name }, spec: { namespace, components } };
}
