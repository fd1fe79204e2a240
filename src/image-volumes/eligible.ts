/**
 * The nodes that a Pod could be scheduled to, now or after what passes by itself. What the scheduler looks at beyond
 * that (resources, volumes, other Pods, spreading) only makes fewer of them, so that no node is missed.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { isTolerated, isWanted, missingLabel, type Taint } from '../objects/scheduling.ts';
import type { NodeFacts } from './node.ts';

/** More than any Pod that somebody has thought about; comparing them with each of thousands of nodes takes long. */
const mostConditions = 250;

/**
 * Whether a Pod has so many conditions of its nodes that nobody compares them with all nodes, which its author could
 * not be kept from otherwise.
 */
export function isElaborate(spec: Readonly<Record<string, unknown>>): boolean {
  const required = fieldAt(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  let count = listOf(spec.tolerations).length + Object.keys(mapOf(spec.nodeSelector)).length;
  for (const term of listOf(fieldAt(required, 'nodeSelectorTerms'))) {
    count += 1;
    for (const field of ['matchExpressions', 'matchFields']) {
      for (const each of listOf(fieldAt(term, field))) count += 1 + listOf(fieldAt(each, 'values')).length;
    }
  }
  return count > mostConditions;
}

/** @param spec of the Pod or the Pod template */
export function eligibleNodes(nodes: readonly NodeFacts[], spec: Readonly<Record<string, unknown>>): NodeFacts[] {
  const nodeName = textOf(spec.nodeName);
  if (nodeName !== undefined) return nodes.filter(({ name }) => name === nodeName);
  return nodes.filter(
    (node) =>
      // A Pod with shares is for Linux: elsewhere it could not run in any mode.
      (node.os === 'linux' || node.os === '') &&
      missingLabel(node.labels, spec) === undefined &&
      isWanted(node, spec) &&
      isOpenTo(node.taints, spec.tolerations),
  );
}

/**
 * Whether none of a node's taints keeps the Pod off for good. What Kubernetes taints by itself passes: a node that is
 * not ready, under pressure, cordoned or just added may take the Pod a minute later.
 */
function isOpenTo(taints: readonly Taint[], tolerations: unknown): boolean {
  return taints.every((taint) => passing.test(taint.key) || isTolerated(taint, tolerations));
}

/**
 * Set by the node controller from conditions, by the kubelet, by a cloud provider, by an autoscaler, or until an agent
 * of the node runs.
 */
const passing = new RegExp(
  [
    'node\\.kubernetes\\.io/(not-ready|unreachable|(memory|disk|pid)-pressure|network-unavailable|unschedulable|out-of-service)',
    'node\\.cloudprovider\\.kubernetes\\.io/(uninitialized|shutdown)',
    '(ToBeDeletedBy|DeletionCandidateOf)ClusterAutoscaler',
    'karpenter\\.sh/(disrupted|disruption|unregistered)',
    '.+/agent-not-ready',
  ]
    .map((key) => `^${key}$`)
    .join('|'),
);
