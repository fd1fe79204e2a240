/** Starts, awaits and restarts the components of a cluster. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BookendError } from '../../../src/errors.ts';
import { type ComponentName, components } from '../configuration/components.ts';
import type { Specification } from '../configuration/specification.ts';
import { isAlive, killAll, launch, listensOn, processesOf } from '../machine/processes.ts';
import { accepts, askApiServer } from './api.ts';
import { problems } from './inspect.ts';
import { readComponent, removeComponent, type StartedComponent, startedComponents, writeComponent } from './record.ts';

/** Starts a component unless it runs already. */
async function ensureComponent(specification: Specification, name: ComponentName): Promise<StartedComponent> {
  const running = readComponent(specification.name, name);
  if (running && isAlive(running)) return running;
  return startComponent(specification, name);
}

/** Starts a component; whatever still runs of it, known or not, is killed first, as two would share one directory. */
export async function startComponent(specification: Specification, name: ComponentName): Promise<StartedComponent> {
  const { name: cluster, paths, programs } = specification;
  const before = readComponent(cluster, name);
  await killAll(() => processesOf(name, cluster, paths.cgroup), before ? [before] : []);
  const component = components(specification)[name];
  const log = join(paths.logs, `${name}.log`);
  const startedAt = new Date().toISOString();
  const path = [programs.containerd, programs.kubernetes];
  const process = await launch({ cluster, paths, program: component.program, args: component.args, path, log });
  const started = { ...component, ...process, startedAt, log };
  writeComponent(cluster, started);
  return started;
}

/** Starts all components that do not run, in order, and waits until the cluster can be used. */
export async function startCluster(
  specification: Specification,
  timeoutMs: number,
  detail: (text: string) => void,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (const component of startedComponents(specification.name))
    if (!isAlive(component)) removeComponent(specification.name, component.name);
  const start = (name: ComponentName) => ensureComponent(specification, name);
  const until = (what: string, done: () => Promise<boolean> | boolean) => {
    detail(`waiting for ${what}`);
    return waitUntil(specification, what, done, deadline);
  };
  const [etcd] = await Promise.all([start('etcd'), start('containerd')]);
  await until('etcd', () => listensOn(etcd.pid, 2379));
  await start('kube-apiserver');
  await until('containerd', () => accepts(specification.paths.containerdSocket));
  await until('kube-apiserver', () => apiServerIsReady(specification));
  await Promise.all((['kubelet', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'coredns'] as const).map(start));
  let left: string[] = [];
  await waitUntil(
    specification,
    () => left.join(', '),
    async () => {
      left = await problems(specification);
      detail(left[0] ?? '');
      return left.length === 0;
    },
    deadline,
  );
}

export async function apiServerIsReady(specification: Specification): Promise<boolean> {
  return (await askApiServer(specification, '/readyz'))?.status === 200;
}

/**
 * Waits for something that running components will bring about.
 * @throws BookendError `internal` as soon as a component has ended, with its last words; `timeout` at the deadline (of
 * `performance.now()`).
 */
export async function waitUntil(
  specification: Specification,
  what: string | (() => string),
  done: () => Promise<boolean> | boolean,
  deadline: number,
): Promise<void> {
  while (!(await done())) {
    const [ended] = endedComponents(specification.name);
    if (ended) throw endedError(specification, ended);
    if (performance.now() > deadline) {
      const { name, paths } = specification;
      const missing = typeof what === 'string' ? what : what();
      const advice = `Look at the logs in ${paths.logs}.`;
      throw new BookendError('timeout', `The cluster ${name} is not ready: ${missing}`, { advice });
    }
    await sleep(50);
  }
}

/**
 * Starts again what gave up while its API server was away, as a kubelet does with static Pods. A controller manager
 * that is still starting ends when the API server answers 403, which it does until it has read the roles.
 */
export async function restartEnded(specification: Specification): Promise<void> {
  for (const { name } of endedComponents(specification.name)) await startComponent(specification, name);
}

function endedComponents(cluster: string): StartedComponent[] {
  return startedComponents(cluster).filter((component) => !isAlive(component));
}

/**
 * Why a cluster that ran is damaged: what each component that has ended said last. Nothing for a cluster whose
 * components all run.
 */
export function lastWordsOfEnded(cluster: string): string[] {
  return endedComponents(cluster).flatMap((component) => [
    `${component.name}, started ${component.startedAt}, said last:`,
    ...lastLines(component).map((line) => `  ${line}`),
  ]);
}

function lastLines({ log }: StartedComponent): string[] {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8) : [];
}

function endedError({ name }: Specification, component: StartedComponent): BookendError {
  const message = `${component.name} of the cluster ${name} ended by itself:\n${lastLines(component).join('\n')}`;
  return new BookendError('internal', message, { advice: `The whole log is ${component.log}.` });
}
