/**
 * Starts components so that they live on without us, knows them again later, and finds everything that belongs to a
 * cluster.
 *
 * A process is known by its pid and its start time, as the kernel gives pids again.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BookendError } from '../../../src/errors.ts';
import { isInCgroup, joinCgroup } from './cgroups.ts';
import type { ClusterPaths } from './paths.ts';

export type Process = {
  pid: number;
  /** When it started, in the kernel's ticks since the machine started. */
  startTicks: number;
};

export type Launch = {
  /** The cluster that it belongs to. */
  cluster: string;
  paths: ClusterPaths;
  program: string;
  args: string[];
  /** Searched for the programs that it starts itself. */
  path: string[];
  /** The file that gets what it says. */
  log: string;
};

/** Every component has it in its environment: it is found even when it was started but not yet written down. */
const mark = 'BOOKEND_LOCAL_CLUSTER';

/** Starts a program in the cluster's network namespace and cgroup, with nothing of ours but its log file. */
export async function launch({ cluster, paths, program, args, path, log }: Launch): Promise<Process> {
  const output = openSync(log, 'a');
  try {
    // nsenter becomes the program (same pid). `ip netns exec` would hide the cgroups behind a new /sys.
    const child = spawn('nsenter', [`--net=${paths.networkNamespace}`, '--', program, ...args], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', output, output],
      // Nothing inherited: a proxy or a locale of the caller must not change how a cluster behaves.
      env: {
        PATH: [...path, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':'),
        HOME: '/root',
        [mark]: cluster,
      },
    });
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    failed.catch(() => {});
    if (child.pid === undefined) return await failed;
    child.unref();
    joinCgroup(paths.cgroup, child.pid);
    return { pid: child.pid, startTicks: startTicks(child.pid) ?? 0 };
  } catch (cause) {
    throw new BookendError('internal', `${program} cannot be started: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  } finally {
    closeSync(output);
  }
}

/** True while the very process that was started runs; a zombie does not. */
export function isAlive(process: Process): boolean {
  return startTicks(process.pid) === process.startTicks;
}

/**
 * True when nothing of the process is left. A killed process is a zombie as soon as its first thread has ended, while
 * its other threads still end: until the last of them is gone, its ports and files are not free.
 */
export function isGone(process: Process): boolean {
  const [state, ...fields] = fieldsOf(read(process.pid, 'stat'));
  if (state === undefined || Number(fields[18]) !== process.startTicks) return true;
  return hasEnded(state) && !anyThreadRuns(process.pid);
}

function anyThreadRuns(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => {
      const [state] = fieldsOf(read(pid, `task/${thread}/stat`));
      return state !== undefined && !hasEnded(state);
    });
  } catch {
    return false;
  }
}

/**
 * The pids of everything that belongs to a cluster: its components, their children, the processes in its containers.
 */
export function clusterProcesses(cluster: string, cgroup: string): number[] {
  const marked = `${mark}=${cluster}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => startTicks(pid) !== undefined)
    .filter((pid) => isInCgroup(read(pid, 'cgroup'), cgroup) || read(pid, 'environ').split('\0').includes(marked));
}

/** The pids of the cluster's processes that run the program with this file name. */
export function processesOf(program: string, cluster: string, cgroup: string): number[] {
  return clusterProcesses(cluster, cgroup).filter((pid) => executable(pid) === program);
}

/**
 * Kills what `find` finds until nothing is found any more, and waits until all of it is really gone.
 * @param also processes that may be ending already: of those nobody can tell any more what they ran, so no `find` finds
 * them
 * @throws BookendError `blocked` when something survives for ten seconds (a process that waits for a broken disk, say).
 */
export async function killAll(find: () => number[], also: readonly Process[] = []): Promise<void> {
  const deadline = performance.now() + 10_000;
  const killed = new Map(also.map((process) => [process.pid, { ...process, program: 'unknown' }]));
  for (;;) {
    for (const pid of find()) {
      const ticks = startTicks(pid);
      if (ticks !== undefined) killed.set(pid, { pid, startTicks: ticks, program: executable(pid) ?? 'unknown' });
    }
    const left = [...killed.values()].filter((process) => !isGone(process));
    if (left.length === 0) return;
    for (const { pid } of left) send(pid, 'SIGKILL');
    if (performance.now() > deadline) {
      const names = left.map(({ pid, program }) => `${program} (${pid})`);
      throw new BookendError('blocked', `These processes survive SIGKILL: ${names.join(', ')}`, {
        advice: 'They hang inside the kernel, mostly on a file system that does not answer. Look at /proc/PID/stack.',
      });
    }
    await sleep(20);
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True when the process (or another in its network namespace) listens on the TCP port. */
export function listensOn(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = '0A';
  return ['net/tcp', 'net/tcp6'].some((table) =>
    read(pid, table)
      .split('\n')
      .some((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        return local.endsWith(suffix) && state === listening;
      }),
  );
}

/** The start time of a living process (proc_pid_stat(5), field 22), undefined for one that has ended. */
function startTicks(pid: number): number | undefined {
  const [state, ...fields] = fieldsOf(read(pid, 'stat'));
  return state === undefined || hasEnded(state) ? undefined : Number(fields[18]);
}

/** From the state on. The name before it is in parentheses and may itself contain blanks and parentheses. */
function fieldsOf(stat: string): string[] {
  return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function hasEnded(state: string): boolean {
  return state === 'Z' || state === 'X';
}

function executable(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return undefined;
  }
}

/** A file of a process; empty once the process has ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
