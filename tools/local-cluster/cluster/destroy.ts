/** Removes a cluster with everything that it left on the machine, whatever state it is in. */
import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { removeCgroup } from '../machine/cgroups.ts';
import { unmountBelow } from '../machine/mounts.ts';
import { clusterPaths } from '../machine/paths.ts';
import { clusterProcesses, killAll } from '../machine/processes.ts';
import { removeNetwork } from '../network/network.ts';
import { subnet } from '../network/subnets.ts';
import { accepts } from './api.ts';
import { readRecord, startedComponents } from './record.ts';

/**
 * Kills every process and waits until it is gone, then takes away network, mounts, cgroups and files, in this order:
 * each would fail while something of the one before still uses it. The record goes last, so that an interrupted removal
 * can be done again. Nothing is stopped gently, as nothing of it is kept.
 */
export async function destroy(name: string): Promise<void> {
  await killEverything(name);
  const paths = clusterPaths(name);
  const record = readRecord(name);
  const elsewhere = [...(await deadShimSockets()), ...networkResults(name)];
  if (record) await removeNetwork(paths, subnet(record.subnetNumber));
  await unmountBelow([paths.state, paths.runtime]);
  await removeCgroup(paths.cgroup);
  removeLogLinks(paths.podLogs);
  for (const file of [...elsewhere, paths.runtime, paths.state]) rmSync(file, { recursive: true, force: true });
}

/** Ends all processes of a cluster: components, containers and what they started. */
export function killEverything(name: string): Promise<void> {
  const { cgroup } = clusterPaths(name);
  return killAll(() => clusterProcesses(name, cgroup), startedComponents(name));
}

/**
 * The sockets of containers' keepers lie in one directory for the whole machine, under names that tell nothing. Those
 * that nobody answers on are of no use to anyone; a fresh one may be of a keeper that is just about to listen.
 */
async function deadShimSockets(): Promise<string[]> {
  const sockets = '/run/containerd/s';
  if (!existsSync(sockets)) return [];
  const old = readdirSync(sockets)
    .map((socket) => join(sockets, socket))
    .filter((socket) => Date.now() - (statSync(socket, { throwIfNoEntry: false })?.ctimeMs ?? Number.NaN) > 1_000);
  const answered = await Promise.all(old.map(accepts));
  return old.filter((_socket, index) => !answered[index]);
}

/**
 * The network plug-ins' library remembers in one directory for the whole machine what it gave to each Pod; killed Pods
 * are never given back.
 */
function networkResults(name: string): string[] {
  const results = '/var/lib/cni/results';
  if (!existsSync(results)) return [];
  const own = new RegExp(`^bookend-${name}-([0-9a-f]{64})-eth0$`);
  return readdirSync(results).flatMap((file) => {
    const sandbox = own.exec(file)?.[1];
    return sandbox === undefined ? [] : [join(results, file), join(results, `cni-loopback-${sandbox}-lo`)];
  });
}

/** The kubelet makes links to the logs of containers in one directory for the whole machine. */
function removeLogLinks(podLogs: string): void {
  const links = '/var/log/containers';
  if (!existsSync(links)) return;
  for (const entry of readdirSync(links)) {
    const link = join(links, entry);
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${podLogs}/`)) rmSync(link);
  }
}
