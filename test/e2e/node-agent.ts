/** The node agent of the examples, installed by Helm: what both files of Helm tests share. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { residueSince } from '../../tools/lab/residue.ts';
import { namesOf, type Stage, untilReady } from './support.ts';

const nodeAgent = join(root, 'examples', 'node-agent', 'bookend');
/** Of the release and its ClusterOperator. */
export const release = 'e2e-agent';
/** What the agent puts on its node, and its preStop hook takes away. */
export const label = 'e2e.bookend.dev/agent';

export async function installAgent(stage: Stage, helm: HelmVersion, flags: string[]): Promise<void> {
  const { lab, namespace } = stage;
  await lab.run(helm, ['install', release, nodeAgent, '-n', namespace, '--set', `label=${label}`, ...flags]);
  await untilReady(stage, release);
  assert.ok((await labelledNodes(stage)).length > 0, 'Ready means that the agent has labelled its node');
}

export async function labelledNodes(stage: Stage): Promise<string[]> {
  return namesOf(stage, { apiVersion: 'v1', kind: 'Node', labelSelector: label });
}

export async function agentPod(stage: Stage): Promise<KubernetesObject> {
  const labelSelector = `app.kubernetes.io/instance=${release}`;
  const { items } = await stage.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace, labelSelector });
  const [pod] = items.filter((each) => each.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
  assert.ok(pod, 'the agent runs');
  return pod;
}

/** `helm uninstall` does not wait for Pods and what the garbage collector takes: what is ending is given its time, what stays is an error. */
export async function untilNothingIsLeft({ cluster }: Stage, before: Set<string>): Promise<void> {
  let left: string[] = [];
  const ends = async () => {
    left = await residueSince(cluster, before);
    return left.length === 0;
  };
  await until('nothing to be left', ends, 60_000, 500).catch(() => assert.deepEqual(left, [], 'nothing is left'));
}
