/**
 * Where everything of the local clusters lies: what was built (shared, in the user's cache) and each cluster's own
 * state.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The directory of everything that can be built again. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'bookend');
}

/** The parent of the state of all clusters. */
export const stateRoot = '/var/lib/bookend';

/**
 * Sockets, mounts of containers and the network namespace: gone after a restart of the machine, and short enough for
 * socket paths.
 */
const runtimeRoot = '/run/bookend';

/**
 * Lock files outlive what they protect, as a lock that is removed protects nobody; they go with the next start of the
 * machine.
 */
export const lockRoot = '/run/lock/bookend';

/** The paths of one cluster. */
export type ClusterPaths = ReturnType<typeof clusterPaths>;

export function clusterPaths(name: string) {
  const state = join(stateRoot, name);
  const runtime = join(runtimeRoot, name);
  return {
    state,
    runtime,
    record: join(state, 'cluster.json'),
    components: join(state, 'components'),
    logs: join(state, 'logs'),
    /** What Bookend's own accounts have asked the API server for, one JSON line each; older files lie beside it. */
    audit: join(state, 'logs', 'audit.log'),
    pki: join(state, 'pki'),
    configuration: join(state, 'configuration'),
    kubeconfig: join(state, 'kubeconfig'),
    bin: join(state, 'bin'),
    etcd: join(state, 'etcd'),
    kubelet: join(state, 'kubelet'),
    podLogs: join(state, 'pods'),
    containerdRoot: join(state, 'containerd'),
    cni: join(state, 'cni'),
    containerdState: join(runtime, 'containerd'),
    containerdSocket: join(runtime, 'containerd.sock'),
    runc: join(runtime, 'runc'),
    networkNamespace: join(runtime, 'netns'),
    /** Held by whoever changes this cluster. */
    lock: join(lockRoot, `${name}.lock`),
    /** The name of the cluster's own cgroup, directly under the root of each hierarchy. */
    cgroup: `bookend-${name}`,
  };
}
