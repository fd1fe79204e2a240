/** What both halves of the demo share: the label, clean namespaces, and clearing away what an interrupted run left. */
import type { Cluster } from '../src/cluster/port.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { untilNone } from '../tools/lab/observe.ts';

/** The label that the agent sets on its node and takes away in its preStop hook. */
export const label = 'demo.bookend.dev/agent';

export async function nodesWithLabel(cluster: Cluster): Promise<number> {
  return (await cluster.list({ apiVersion: 'v1', kind: 'Node', labelSelector: label, metadataOnly: true })).items.length;
}

/** The namespace exists, with what Kubernetes itself puts into every namespace. */
export async function freshNamespace(lab: Lab, name: string): Promise<void> {
  const { cluster } = lab;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: 'bookend-demo', force: true });
  for (;;) {
    const account = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' });
    const bundle = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'kube-root-ca.crt' });
    if (account && bundle) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Nothing is left of an earlier run that was interrupted. */
export async function clearAway(lab: Lab, release: string, namespace: string): Promise<void> {
  await lab.attempt('helm4', ['uninstall', release, '-n', namespace, '--ignore-not-found', '--wait', '--timeout', '60s']);
  await lab.run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Namespace', fieldSelector: `metadata.name=${namespace}` }, 120_000);
}
