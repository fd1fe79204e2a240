/** Taints and tolerations, as the scheduler compares them (`k8s.io/component-helpers/scheduling/corev1`). */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import type { Taint } from './node.ts';

/**
 * Whether the taints would keep a Pod off the node for good. What Kubernetes taints by itself passes: a node that is not ready, under pressure, cordoned or
 * just added may take the Pod a minute later.
 */
export function isTolerated(taints: readonly Taint[], tolerations: unknown): boolean {
  return taints
    .filter(({ key, effect }) => effect !== 'PreferNoSchedule' && !passing.test(key))
    .every((taint) => listOf(tolerations).some((toleration) => tolerates(toleration, taint)));
}

/** Set by the node controller from conditions, by the kubelet, by a cloud provider, by an autoscaler, or until an agent of the node runs. */
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

function tolerates(toleration: unknown, taint: Taint): boolean {
  const effect = textOf(fieldAt(toleration, 'effect'));
  if (effect !== undefined && effect !== taint.effect) return false;
  const key = textOf(fieldAt(toleration, 'key'));
  if (key !== undefined && key !== taint.key) return false;
  const value = textOf(fieldAt(toleration, 'value')) ?? '';
  switch (textOf(fieldAt(toleration, 'operator')) ?? 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return key !== undefined && value === taint.value;
    case 'Lt':
      return compared(taint.value, value, (one, other) => one < other);
    case 'Gt':
      return compared(taint.value, value, (one, other) => one > other);
    default:
      return false;
  }
}

function compared(taint: string, toleration: string, holds: (taint: bigint, toleration: bigint) => boolean): boolean {
  const [one, other] = [integerOf(taint), integerOf(toleration)];
  return one !== undefined && other !== undefined && holds(one, other);
}

/** A whole number of 64 bits, as labels and taints are compared. */
export function integerOf(text: string): bigint | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
}
