/**
 * Looks at a cluster and says what keeps it from being used: the same look decides whether `up` has anything to do and
 * whether it is done.
 */
import { existsSync } from 'node:fs';
import { componentNames } from '../configuration/components.ts';
import { namesReadyPort, nodeName, type Specification } from '../configuration/specification.ts';
import { isAlive } from '../machine/processes.ts';
import { isNetworkIntact } from '../network/network.ts';
import { askApiServer, isHealthy, readObject } from './api.ts';
import { readComponent } from './record.ts';

type Node = {
  spec?: { taints?: { key: string }[] };
  status?: { conditions?: { type: string; status: string; message?: string; lastHeartbeatTime: string }[] };
};

/** What is missing, one sentence each; nothing when the cluster is ready for work. */
export async function problems(specification: Specification): Promise<string[]> {
  const { name, paths, programs, subnet } = specification;
  // The cluster runs without Helm 3, which is compiled when somebody needs it.
  const { helm3: _, ...needed } = programs;
  if (!Object.values(needed).every((directory) => existsSync(directory))) return ['its programs are not in the cache any more'];
  const dead = componentNames.filter((component) => !isRunning(name, component));
  if (dead.length > 0) return dead.map((component) => `${component} does not run`);
  const [intact, ready, kubelet, proxy, names, ...objects] = await Promise.all([
    isNetworkIntact(paths, subnet),
    askApiServer(specification, '/readyz'),
    isHealthy(`http://${subnet.nodeAddress}:10248/healthz`),
    isHealthy(`http://${subnet.nodeAddress}:10256/healthz`),
    isHealthy(`http://${subnet.nodeAddress}:${namesReadyPort}/ready`),
    nodeProblems(specification),
    // Without it no Pod can be made in the namespace: the controller manager is not at work yet.
    missing(specification, '/api/v1/namespaces/default/serviceaccounts/default', 'the default service account'),
    missing(specification, '/api/v1/namespaces/default/configmaps/kube-root-ca.crt', 'the ConfigMap kube-root-ca.crt'),
  ]);
  if (!intact) return ['the network is not intact'];
  if (ready?.status !== 200) return [`kube-apiserver is not ready${ready ? `: ${ready.body.slice(0, 500)}` : ''}`];
  const unhealthy = [...(kubelet ? [] : ['kubelet']), ...(proxy ? [] : ['kube-proxy']), ...(names ? [] : ['coredns'])];
  return [...unhealthy.map((component) => `${component} is not healthy`), ...objects.flat()];
}

/** True while the process that was started for the component lives. */
export function isRunning(cluster: string, component: (typeof componentNames)[number]): boolean {
  const started = readComponent(cluster, component);
  return started !== undefined && isAlive(started);
}

async function nodeProblems(specification: Specification): Promise<string[]> {
  const name = nodeName(specification);
  const node = await readObject<Node>(specification, `/api/v1/nodes/${name}`);
  if (!node) return [`node ${name} is not registered`];
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return [`node ${name} is not Ready${ready?.message ? `: ${ready.message}` : ''}`];
  // What the node says is only worth something when this kubelet said it, not the one before a crash. Times in objects
  // have whole seconds.
  const kubeletStarted = Math.floor(Date.parse(readComponent(specification.name, 'kubelet')?.startedAt ?? '') / 1000) * 1000;
  if (Date.parse(ready.lastHeartbeatTime) < kubeletStarted) return [`node ${name} has not reported since its kubelet started`];
  const taints = node.spec?.taints?.filter(({ key }) => key.startsWith('node.kubernetes.io/')) ?? [];
  return taints.map(({ key }) => `node ${name} has the taint ${key}`);
}

async function missing(specification: Specification, path: string, what: string): Promise<string[]> {
  return (await askApiServer(specification, path))?.status === 200 ? [] : [`${what} does not exist yet`];
}
