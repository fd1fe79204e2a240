/** The node agent of the examples, installed by Helm: what both files of Helm tests share. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
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
