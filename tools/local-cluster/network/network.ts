/**
 * The network of a cluster: a namespace of its own, one pair of interfaces to the machine, and routes that end there.
 * Nothing inside can reach anything but the machine's end of the pair.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from '../machine/command.ts';
import { mounts, unmountBelow } from '../machine/mounts.ts';
import type { ClusterPaths } from '../machine/paths.ts';
import type { Subnet } from './subnets.ts';

/** True when the network is as `makeNetwork` left it. */
export async function isNetworkIntact(paths: ClusterPaths, subnet: Subnet): Promise<boolean> {
  const mounted = mounts().some(({ point, type }) => point === paths.networkNamespace && type === 'nsfs');
  if (!mounted || !existsSync(interfaceDirectory(subnet))) return false;
  const [outside, inside, route] = await Promise.all([
    run('ip', ['-4', '-oneline', 'address', 'show', 'dev', subnet.hostInterface]),
    inNamespace(paths, ['ip', '-4', '-oneline', 'address', 'show']),
    run('ip', ['-4', 'route', 'show', 'exact', subnet.range]),
  ]);
  return (
    outside.includes(` ${subnet.hostAddress}/`) &&
    inside.includes(` ${subnet.nodeAddress}/`) &&
    route.includes(subnet.hostInterface)
  );
}

/** Makes the network anew; whatever was there of it is removed first, so nothing may run in it. */
export async function makeNetwork(paths: ClusterPaths, subnet: Subnet): Promise<void> {
  await removeNetwork(paths, subnet);
  mkdirSync(dirname(paths.networkNamespace), { recursive: true });
  writeFileSync(paths.networkNamespace, '');
  // A file of ours holds the namespace, not /run/netns: that directory would become a mount of the machine which nobody
  // removes.
  await run('unshare', [`--net=${paths.networkNamespace}`, 'true']);
  const pair = ['link', 'add', subnet.hostInterface, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', paths.networkNamespace];
  await run('ip', pair, { advice: 'The kernel must support pairs of virtual interfaces (module veth).' });
  // Services have no interface of their own, but what is sent to them needs a route before it is turned to a Pod.
  const inside = [
    'link set lo up',
    `address add ${subnet.nodeAddress}/${subnet.pairPrefixLength} dev eth0`,
    'link set eth0 up',
    'link add services type bridge',
    'link set services up',
    `route add ${subnet.serviceRange} dev services src ${subnet.nodeAddress}`,
    // An answer at once instead of a time-out for everything that is not of this cluster.
    'route add unreachable default',
  ];
  await inNamespace(paths, ['ip', '-batch', '-'], `${inside.join('\n')}\n`);
  await inNamespace(paths, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  const outside = [
    `address add ${subnet.hostAddress}/${subnet.pairPrefixLength} dev ${subnet.hostInterface}`,
    `link set ${subnet.hostInterface} up`,
    `route add ${subnet.range} via ${subnet.nodeAddress} dev ${subnet.hostInterface}`,
  ];
  await run('ip', ['-batch', '-'], { input: `${outside.join('\n')}\n` });
}

/** Removes the network, as much of it as there is. */
export async function removeNetwork(paths: ClusterPaths, subnet: Subnet): Promise<void> {
  // The namespace itself ends a little after its last user; the pair of interfaces need not wait for that. Where it
  // ended by itself the kernel is taking the pair away in the background and may be faster than the command.
  if (existsSync(interfaceDirectory(subnet))) {
    await run('ip', ['link', 'delete', subnet.hostInterface]).catch((error: unknown) => {
      if (existsSync(interfaceDirectory(subnet))) throw error;
    });
  }
  await unmountBelow([paths.networkNamespace]);
  rmSync(paths.networkNamespace, { force: true });
}

/** Runs a program inside the cluster's network and gives what it writes. */
export function inNamespace(paths: ClusterPaths, command: string[], input?: string): Promise<string> {
  return run('nsenter', [`--net=${paths.networkNamespace}`, '--', ...command], input === undefined ? {} : { input });
}

/** The addresses and routes that the machine has; those of local clusters are among them. */
export async function networksInUse(): Promise<string[]> {
  const [routes, addresses] = await Promise.all([
    run('ip', ['-json', '-4', 'route', 'show', 'table', 'all']),
    run('ip', ['-json', '-4', 'address', 'show']),
  ]);
  const destinations = (JSON.parse(routes || '[]') as { dst?: string }[]).flatMap(({ dst }) => dst ?? []);
  const interfaces = JSON.parse(addresses || '[]') as { addr_info?: { local?: string; prefixlen?: number }[] }[];
  return [
    ...destinations,
    ...interfaces.flatMap(({ addr_info = [] }) => addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)),
  ];
}

function interfaceDirectory(subnet: Subnet): string {
  return `/sys/class/net/${subnet.hostInterface}`;
}
