/**
 * A real Kubernetes on this machine in seconds, for tests, the demo and the benchmark. The command line (main.ts) is
 * only a face of what is exported here.
 *
 * @example
 * const { environment } = await up({ name: 'bookend-e2e', images: false });
 * await run(environment.kubectl, ['--kubeconfig', environment.kubeconfig, 'get', 'nodes']);
 * await down('bookend-e2e');
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BookendError } from '../../src/errors.ts';
import { apiServerIsReady, restartEnded, startComponent, waitUntil } from './cluster/components.ts';
import { destroy } from './cluster/destroy.ts';
import { type Environment, environmentOf } from './cluster/environment.ts';
import { checkName, readComponent, readRecord, requireRecord, specificationOf } from './cluster/record.ts';
import { type ClusterStatus, statusOf } from './cluster/status.ts';
import { upLocal } from './cluster/up.ts';
import type { ComponentName } from './configuration/components.ts';
import type { ComponentFlags } from './configuration/specification.ts';
import { imageDigests, importImage } from './images/containerd.ts';
import { withLock } from './machine/lock.ts';
import { clusterPaths } from './machine/paths.ts';
import { requireLinuxRoot } from './machine/platform.ts';
import { killAll, processesOf, send } from './machine/processes.ts';
import { inNamespace } from './network/network.ts';
import { type Progress, silent } from './progress.ts';

export { lastWordsOfEnded } from './cluster/components.ts';
export type { Environment } from './cluster/environment.ts';
export type { ClusterStatus } from './cluster/status.ts';
export type { ComponentName } from './configuration/components.ts';
export { createProgress, type Progress, silent } from './progress.ts';

/** The cluster that is meant when none is named. */
export const defaultClusterName = 'bookend';
export type UpOptions = {
  /** Small letters, digits and hyphens. */
  name?: string;
  /** `1.37`, `1.36.3`, …: by default the version of the running cluster, or the newest. */
  kubernetes?: string | undefined;
  /** Flags of the programs of a new cluster, beyond those of every cluster or instead of them. */
  flags?: ComponentFlags;
  /** Whether Helm 3 must be there beside Helm 4; yes by default. It is compiled when somebody needs it. */
  helm3?: boolean;
  /** Whether this project's images are built (when stale) and loaded; yes by default. */
  images?: boolean;
  progress?: Progress;
};

export type UpResult = {
  environment: Environment;
  outcome: 'unchanged' | 'repaired' | 'created';
  /**
   * From the start until the cluster could be used, in milliseconds; building programs and images is not part of it.
   */
  readyMs: number;
};

/**
 * Makes sure that a local cluster runs: builds its programs the first time, starts what does not run, and loads our
 * images.
 * @throws BookendError `unsupported` where this machine cannot do it, `bad-input`, `timeout`, `internal` with a
 * component's last words.
 */
export async function up({
  name = defaultClusterName,
  kubernetes,
  flags,
  helm3 = true,
  images = true,
  progress = silent,
}: UpOptions = {}): Promise<UpResult> {
  const { specification, outcome, readyMs } = await upLocal({ name, kubernetes, ...(flags && { flags }), helm3, progress });
  if (images) {
    // Loaded only here: what builds images takes longer to load than most commands take.
    const { buildImages } = await import('../image/build.ts');
    const built = await buildImages({ progress: progress.line });
    const present = await imageDigests(specification);
    for (const image of built.filter(({ name: image, digest }) => present.get(image) !== digest)) {
      await progress.step(`Loading the image ${image.name}`, () => importImage(specification, image.tar));
    }
  }
  return { environment: environmentOf(specification), outcome, readyMs };
}

/** Removes a cluster and everything that it left on the machine. A cluster that does not exist is no error: false. */
export async function down(name: string = defaultClusterName): Promise<boolean> {
  requireLinuxRoot();
  checkName(name);
  return withLock(clusterPaths(name).lock, async () => {
    const existed = readRecord(name) !== undefined;
    // Also without a record: what an interrupted `down` left is found by the cluster's name.
    await destroy(name);
    return existed;
  });
}

/** How a cluster is reached. @throws BookendError `not-found` */
export function environment(name: string = defaultClusterName): Environment {
  return environmentOf(specificationOf(requireRecord(name)));
}

/** What runs and what does not. @throws BookendError `not-found` */
export function status(name: string = defaultClusterName): Promise<ClusterStatus> {
  return statusOf(specificationOf(requireRecord(name)));
}

/** Imports an OCI or Docker image archive; gives the names of the images in it. */
export async function loadImage(name: string, tar: string): Promise<string[]> {
  return importImage(specificationOf(requireRecord(name)), tar);
}

export type RestartOptions = {
  /** How long the component does not run, in milliseconds; 0 by default. Its own start takes some seconds more. */
  downtimeMs?: number;
  /** `SIGKILL` (default) is a crash; with `SIGTERM` it ends its requests first. */
  signal?: 'SIGKILL' | 'SIGTERM';
};

/**
 * Stops kube-apiserver or etcd and starts it again; returns when the API server is ready. Everything else of the
 * cluster keeps running, and without etcd the API server has nowhere to read or write.
 */
export async function restart(
  name: string,
  component: 'kube-apiserver' | 'etcd',
  { downtimeMs = 0, signal = 'SIGKILL' }: RestartOptions = {},
): Promise<void> {
  const specification = specificationOf(requireRecord(name));
  const { cgroup, lock } = specification.paths;
  await withLock(lock, async () => {
    const running = () => processesOf(component, name, cgroup);
    const patience = performance.now() + 60_000;
    if (signal === 'SIGTERM') for (const pid of running()) send(pid, signal);
    while (signal === 'SIGTERM' && running().length > 0 && performance.now() < patience) await sleep(20);
    await killAll(running);
    await sleep(downtimeMs);
    await startComponent(specification, component);
    const isReady = async () => {
      // What gave up just before it was ready takes a moment to end.
      const ready = (await apiServerIsReady(specification)) && (await sleep(200, true));
      await restartEnded(specification);
      return ready;
    };
    await waitUntil(specification, 'kube-apiserver', isReady, performance.now() + 60_000);
  });
}

/** A command in the network namespace of the cluster's node, as what stands between its Pods and its API server. */
export function inNetworkOf(name: string, command: string[]): Promise<string> {
  return inNamespace(specificationOf(requireRecord(name)).paths, command);
}

/** What a component has said so far. @throws BookendError `not-found` when it never ran. */
export function readLog(name: string, component: ComponentName): string {
  const started = readComponent(requireRecord(name).name, component);
  if (started) return readFileSync(started.log, 'utf8');
  throw new BookendError('not-found', `${component} of the cluster ${name} never ran`, {
    advice: `Logs are in ${join(clusterPaths(name).logs)}.`,
  });
}
