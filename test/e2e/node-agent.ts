/** The node agent of the examples, installed by Helm: what both files of Helm tests share. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { namesOf, type TestBed, untilReady } from './support.ts';

const nodeAgent = join(root, 'examples', 'node-agent', 'bookend');
/** Of the release and its ClusterOperator. */
export const release = 'e2e-agent';
/** What the agent puts on its node, and its preStop hook takes away. */
export const label = 'e2e.bookend.dev/agent';

export async function installAgent(bed: TestBed, helm: HelmVersion, flags: string[]): Promise<void> {
  const { lab, namespace } = bed;
  await lab.run(helm, ['install', release, nodeAgent, '-n', namespace, '--set', `label=${label}`, ...flags]);
  await untilReady(bed, release);
  assert.ok((await labelledNodes(bed)).length > 0, 'Ready means that the agent has labelled its node');
}

export async function labelledNodes(bed: TestBed): Promise<string[]> {
  return namesOf(bed, { apiVersion: 'v1', kind: 'Node', labelSelector: label });
}

export async function agentPod(bed: TestBed): Promise<KubernetesObject> {
  const labelSelector = `app.kubernetes.io/instance=${release}`;
  const { items } = await bed.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace, labelSelector });
  const [pod] = items.filter((each) => each.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'));
  assert.ok(pod, 'the agent runs');
  return pod;
}
