/**
 * Everything that decides what a cluster looks like; each configuration file and command line is a pure function of it.
 */
import type { ClusterPaths } from '../machine/paths.ts';
import type { Subnet } from '../network/subnets.ts';
import type { Programs } from '../programs/build.ts';
import type { ComponentName } from './components.ts';

/** Flags of Kubernetes' programs beyond those that every cluster has, or instead of them. */
export type ComponentFlags = Partial<Record<ComponentName, Record<string, string>>>;

export type Specification = {
  name: string;
  /** The full Kubernetes version, without v. */
  kubernetes: string;
  /** Where the programs of this cluster are. */
  programs: Programs;
  /** Where this cluster keeps everything. */
  paths: ClusterPaths;
  subnet: Subnet;
  /** The directory of the network plug-ins. */
  networkPlugins: string;
  flags?: ComponentFlags;
};

/** The one node has the name of the cluster. */
export function nodeName(specification: Pick<Specification, 'name'>): string {
  return specification.name;
}

/** Where CoreDNS says, on the node's address, that it knows the services. */
export const namesReadyPort = 8181;

/** Where the API server answers: the same address for the machine, the node and the Pods. */
export function serverUrl(subnet: Subnet): string {
  return `https://${subnet.nodeAddress}:6443`;
}
