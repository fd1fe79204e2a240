/**
 * A cluster's own cgroup, in every hierarchy of the machine (the older ones, the new one, or both).
 *
 * The components run in it, and the kubelet puts the Pods into it. So they outlive the session that started them, and
 * whatever became of their parents, all processes of a cluster can be found.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BookendError } from '../../../src/errors.ts';
import { mounts } from './mounts.ts';

/** The part of a cluster's cgroup that holds its components; the kubelet makes others beside it for the Pods. */
const componentsGroup = 'components';

/** Makes the cgroup; the kubelet refuses to start without it. */
export function makeCgroup(name: string): void {
  const all = hierarchies();
  // Beside the older hierarchies the new one is there only to know processes by; its controllers are left alone.
  const passesOn = all.every(({ type }) => type === 'cgroup2');
  for (const { point } of all) {
    const group = join(point, name);
    try {
      makeGroup(group, passesOn);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : cause;
      throw new BookendError('unsupported', `The cgroup ${group} cannot be made: ${reason}`, {
        cause,
        advice: 'Cgroups must be writable: inside a container, run it privileged with a cgroup namespace of its own.',
      });
    }
  }
}

function makeGroup(group: string, passesOn: boolean): void {
  if (passesOn) passOnControllers(dirname(group));
  for (const directory of [group, join(group, componentsGroup)]) {
    mkdirSync(directory, { recursive: true });
    // In the older hierarchy a new cpuset is empty and takes no process until it is told its processors and memory.
    for (const setting of ['cpuset.cpus', 'cpuset.mems']) inherit(join(directory, setting), join(directory, '..', setting));
    if (passesOn && directory === group) passOnControllers(group);
  }
}

/** Puts a component into the cluster's cgroup. A process that has ended already is passed over. */
export function joinCgroup(name: string, pid: number): void {
  for (const { point } of hierarchies()) {
    try {
      appendFileSync(join(point, name, componentsGroup, 'cgroup.procs'), `${pid}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The text of /proc/PID/cgroup: does the process belong to the cgroup `name`? */
export function isInCgroup(text: string, name: string): boolean {
  return text.split('\n').some((line) => {
    const path = line.split(':').slice(2).join(':');
    return path === `/${name}` || path.startsWith(`/${name}/`);
  });
}

/**
 * Removes the cgroup with all that is below it. Its processes must have ended; the kernel may take a moment to notice.
 */
export async function removeCgroup(name: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const left = hierarchies().flatMap(({ point }) => removeTree(join(point, name)));
    if (left.length === 0) return;
    if (attempt === 100)
      throw new BookendError('internal', `Cgroups cannot be removed, as something still runs in them: ${left.join(', ')}`);
    await sleep(50);
  }
}

function hierarchies() {
  return mounts().filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
}

function passOnControllers(group: string): void {
  const controllers = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(/\s+/).filter(Boolean);
  const already = readFileSync(join(group, 'cgroup.subtree_control'), 'utf8').trim().split(/\s+/);
  const wanted = controllers.filter((controller) => !already.includes(controller)).map((controller) => `+${controller}`);
  if (wanted.length > 0) writeFileSync(join(group, 'cgroup.subtree_control'), wanted.join(' '));
}

function inherit(file: string, parent: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8').trim() === '' && existsSync(parent))
    writeFileSync(file, readFileSync(parent, 'utf8'));
}

/** Removes the directories of a group from the leaves up; gives those that could not be removed. */
function removeTree(group: string): string[] {
  if (!existsSync(group)) return [];
  const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const left = children.flatMap((child) => removeTree(join(group, child.name)));
  if (left.length > 0) return left;
  try {
    rmdirSync(group);
    return [];
  } catch {
    return existsSync(group) ? [group] : [];
  }
}
