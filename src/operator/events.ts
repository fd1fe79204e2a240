/**
 * Events on the ClusterOperator: what happened, for `kubectl describe` and for whoever collects events. They are told,
 * never relied upon: one that cannot be written is logged and forgotten.
 */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { Log } from '../log.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** Every event with its type and what it means; docs/reference/events.md is generated from this registry. */
export const eventReasons = {
  Installed: { type: 'Normal', means: 'All objects are installed and ready. Written once for each spec.' },
  Stalled: {
    type: 'Warning',
    means: 'Nothing new happened for ten minutes, and not all objects are ready. The message names what Bookend waits for.',
  },
  DriftRepaired: { type: 'Normal', means: 'Somebody else changed or deleted an object. Bookend repaired it.' },
  FinalizerRestored: {
    type: 'Warning',
    means: 'Somebody removed the finalizer bookend.dev/teardown before the deletion. Bookend restored it.',
  },
  Removing: { type: 'Normal', means: 'Objects left the spec. Bookend deletes them in order.' },
  Removed: { type: 'Normal', means: 'The objects that left the spec are gone.' },
  Refused: {
    type: 'Warning',
    means: 'Bookend cannot continue. The message states the reason and what to do. The conditions contain the same message.',
  },
  TeardownStarted: { type: 'Normal', means: 'The order is stored, and Bookend is about to delete the first objects.' },
  Blocked: { type: 'Warning', means: 'An object was not gone in time. The message names the blocker.' },
  PassedOver: {
    type: 'Warning',
    means:
      'With onTimeout Continue: an object was not gone in time and stays behind. With Continue or Force: Bookend deleted an object although a Pod of others uses it; the Pod stays.',
  },
  Kept: {
    type: 'Warning',
    means:
      'A Namespace of the ClusterOperator stays, because it contains objects of others or kinds that cannot be listed. The message names them.',
  },
  Forced: {
    type: 'Warning',
    means: 'With onTimeout Force: Bookend deleted a Pod with grace period 0, or removed finalizers. One Event for each.',
  },
  PreStopHookFailed: {
    type: 'Warning',
    means: 'A preStop hook failed during the teardown. Its clean-up may be missing.',
  },
  TeardownFinished: {
    type: 'Normal or Warning',
    means:
      'The teardown is complete. The message counts the deleted objects and names those that stay. Type Warning if a hook failed or an object was left behind.',
  },
} as const;

type EventReason = keyof typeof eventReasons;

export type Recorder = {
  normal(about: KubernetesObject, reason: EventReason, message: string): void;
  warning(about: KubernetesObject, reason: EventReason, message: string): void;
};

/** Kubernetes cuts messages at 1,024 bytes (`validateEvent`). */
const longestMessage = 1_000;

/** Events about cluster-scoped objects live in namespace `default`, as those of Nodes do. */
const namespace = 'default';

export function eventRecorder(cluster: Cluster, clock: Clock, instance: string, log: Log): Recorder {
  let count = 0;
  const write = (type: 'Normal' | 'Warning', about: KubernetesObject, reason: EventReason, message: string) => {
    const now = new Date(clock.now());
    const text = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
    count += 1;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.metadata.name}.${clock.now().toString(16)}${count.toString(16).padStart(4, '0')}`, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: about.metadata.name,
        uid: about.metadata.uid,
        resourceVersion: about.metadata.resourceVersion,
      },
      type,
      reason,
      message: text,
      source: { component: 'bookend' },
      reportingComponent: 'bookend.dev/operator',
      reportingInstance: instance,
      firstTimestamp: `${now.toISOString().slice(0, 19)}Z`,
      lastTimestamp: `${now.toISOString().slice(0, 19)}Z`,
      count: 1,
    };
    cluster.create(event).catch((error: unknown) => log.debug({ reason, error: String(error) }, 'an event could not be written'));
  };
  return {
    normal: (about, reason, message) => write('Normal', about, reason, message),
    warning: (about, reason, message) => write('Warning', about, reason, message),
  };
}
