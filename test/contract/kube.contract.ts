/**
 * The contract suite against a real API server: the cluster of KUBECONFIG or, where that is not set, the local one. It
 * makes namespaces, ClusterRoles and CustomResourceDefinitions whose names begin with `contract-`, and removes them
 * again.
 */
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeCluster, type Subject } from '../../src/cluster/contract.ts';
import { type KubeCluster, openCluster } from '../../src/cluster/kube/open.ts';
import { up } from '../../tools/local-cluster/index.ts';

let opened: Promise<KubeCluster> | undefined;

/** Small pages, so that lists of a few objects take several. */
function open(): Promise<KubeCluster> {
  opened ??= kubeconfig().then((path) => openCluster({ kubeconfig: path, pageSize: 7 }));
  return opened;
}

async function kubeconfig(): Promise<string> {
  return process.env.KUBECONFIG ?? (await up({ images: false })).environment.kubeconfig;
}

async function makeSubject(): Promise<Subject> {
  const cluster = await open();
  const namespace = `contract-${Math.random().toString(36).slice(2, 10)}`;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return {
    cluster,
    namespace,
    settle: (ms = 1_000) => sleep(ms),
    until: (condition, timeoutMs = 30_000) => until(condition, timeoutMs),
    cleanup: async () => {
      await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${condition}`);
    await sleep(50);
  }
}

describeCluster('a real API server', makeSubject);
after(async () => (await opened)?.close());
