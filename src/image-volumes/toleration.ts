/** Taints that stay, and those that will pass. */
import { isTolerated, type Taint } from '../objects/scheduling.ts';

/**
 * Whether none of a node's taints keeps the Pod off for good. What Kubernetes taints by itself passes: a node that is
 * not ready, under pressure, cordoned or just added may take the Pod a minute later.
 */
export function isOpenTo(taints: readonly Taint[], tolerations: unknown): boolean {
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
