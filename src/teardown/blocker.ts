/**
 * A blocker: why an object is not gone, or not ready, yet. One value for teardown, install, command line and status.
 * Programs compare `reason` and `object`; `text` is for people, and may count seconds.
 */
import type { Instant } from '../cluster/clock.ts';
import type { ObjectId } from '../objects/identity.ts';

/** Every reason with its meaning; docs/reference/clusteroperator.md is generated from this registry. */
export const blockerReasons = {
  ClusterNotRead: 'The watches have not delivered their first state, or the cluster cannot be read.',
  DependentRemains: 'An object that needs it is not gone yet.',
  ForeignDependent: 'An object that does not belong to the teardown needs one that does. Bookend only waits for it.',
  UsedByPod: 'A Pod outside the teardown uses it.',
  GoneUnconfirmed: 'The watch does not show it any more. A current read must confirm that it is gone.',
  AttemptFailed: 'The API server refused the last request about it. The text contains the answer. Bookend retries.',
  DeletionPending: 'The API server has not accepted its deletion yet.',
  CustomResourceAdded: 'A custom resource was created after the teardown started. It goes before its definition.',
  PodNotDeleted: 'One of its Pods exists, and nobody has deleted it.',
  PreStopHookRunning: 'The preStop hook of a container runs.',
  ContainersStopping: 'The containers of a Pod are stopping.',
  PodCleanup: 'The containers of a Pod have ended. The kubelet is cleaning up.',
  GracePeriodExceeded: 'A Pod outlives its grace period. Its kubelet may not answer.',
  FinalizerRemains: 'A finalizer keeps it. Its controller runs, or is not known.',
  FinalizerUnserved: 'A finalizer keeps it, and the controller of the finalizer has no running Pod.',
  ChildRemains: 'An object that was made from it exists, and nobody has deleted it.',
  ChildTerminating: 'An object that was made from it is being deleted.',
  OwnerUnknown: 'A Pod may come from it, but its owner is gone. Bookend waits for the Pod, and does not delete it.',
  ChildWithoutOwner:
    'Its operator made an object for it without an owner reference. Bookend waits a minute for the operator to delete it, and does not delete it.',
  GarbageCollection: 'The garbage collector deletes what it owns, or what its owner has left.',
  NamespaceTerminating: 'The namespace controller deletes what is in the Namespace.',
  Terminating: 'It is being deleted.',
  NamespaceNotRead: 'A current read must show that the Namespace contains nothing of others.',
  NamespaceInUse: 'The Namespace contains objects of others, or kinds that cannot be listed.',
  Kept: 'A policy keeps it: an annotation, or helm.sh/resource-policy.',
  OperatorSilent: 'No Bookend operator has begun the teardown of the ClusterOperator.',
  OperatorWaits: 'The ClusterOperator waits. The text is the blocker in its status.',
  NeedsNotReady: 'An object that it needs is not ready yet (install).',
  NotApplied: 'Bookend is applying it (install).',
  NotReady: 'It is applied, and not ready yet (install).',
} as const;

export type BlockerReason = keyof typeof blockerReasons;

export type Blocker = {
  reason: BlockerReason;
  /** What holds it up: the Pod whose hook runs, the object that has the finalizer, the dependent that is not gone. */
  object: ObjectId;
  /** Since when, where that is known. */
  since?: Instant;
  /** A sentence for people. Never compared: it may count seconds. */
  text: string;
};

export function blockedBy(reason: BlockerReason, object: ObjectId, text: string, since?: Instant): Blocker {
  return { reason, object, ...(since !== undefined && { since }), text };
}
