/** What there is to know about a local cluster, as data and as text. */
import { componentNames } from '../configuration/components.ts';
import { nodeName, type Specification, serverUrl } from '../configuration/specification.ts';
import { containerdVersion, helm3Version, helm4Version } from '../versions.ts';
import { isRunning, problems } from './inspect.ts';
import { readComponent } from './record.ts';

export type ClusterStatus = {
  name: string;
  /** Every component runs, the node is Ready, and Pods can be made. */
  ready: boolean;
  /** What is wrong, one sentence each. */
  problems: string[];
  versions: { kubernetes: string; containerd: string; helm3: string; helm4: string };
  node: string;
  server: string;
  podRange: string;
  serviceRange: string;
  kubeconfig: string;
  stateDirectory: string;
  components: { name: string; running: boolean; pid?: number; startedAt?: string; program?: string; log?: string }[];
};

export async function statusOf(specification: Specification): Promise<ClusterStatus> {
  const { name, kubernetes, paths, subnet } = specification;
  const found = await problems(specification);
  return {
    name,
    ready: found.length === 0,
    problems: found,
    versions: { kubernetes, containerd: containerdVersion, helm3: helm3Version, helm4: helm4Version },
    node: nodeName(specification),
    server: serverUrl(subnet),
    podRange: subnet.podRange,
    serviceRange: subnet.serviceRange,
    kubeconfig: paths.kubeconfig,
    stateDirectory: paths.state,
    components: componentNames.map((component) => {
      const started = readComponent(name, component);
      const running = isRunning(name, component);
      if (!started) return { name: component, running };
      const { pid, startedAt, program, log } = started;
      return { name: component, running, pid, startedAt, program, log };
    }),
  };
}

/** The status as people read it. */
export function renderStatus(status: ClusterStatus): string {
  const rows = status.components.map(
    ({ name, running, pid }) => `  ${name.padEnd(24)} ${running ? `runs, pid ${pid}` : 'does not run'}`,
  );
  return [
    `Cluster ${status.name}: ${status.ready ? 'ready' : 'not ready'}`,
    ...status.problems.map((problem) => `  ! ${problem}`),
    `  ${'Kubernetes'.padEnd(24)} ${status.versions.kubernetes}`,
    `  ${'containerd'.padEnd(24)} ${status.versions.containerd}`,
    `  ${'Helm'.padEnd(24)} ${status.versions.helm3} (helm3), ${status.versions.helm4} (helm4)`,
    `  ${'API server'.padEnd(24)} ${status.server}`,
    `  ${'Pods, services'.padEnd(24)} ${status.podRange}, ${status.serviceRange}`,
    `  ${'kubeconfig'.padEnd(24)} ${status.kubeconfig}`,
    `  ${'State and logs'.padEnd(24)} ${status.stateDirectory}`,
    ...rows,
  ].join('\n');
}
