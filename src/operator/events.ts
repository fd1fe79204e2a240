/**
 * Events on the ClusterOperator: what happened, for `kubectl describe` and for whoever collects events. They are told, never relied upon: one that cannot be
 * written is logged and forgotten.
 */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { Log } from '../log.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** Every event with its type and what it means; docs/reference/events.md is generated from this registry. */
export const eventReasons = {
  Installed: { type: 'Normal', means: 'All objects are installed and ready. Once for each spec.' },
  DriftRepaired: { type: 'Normal', means: 'An object was changed or deleted by somebody else and is put right.' },
  FinalizerRestored: {
    type: 'Warning',
    means: 'Somebody removed the finalizer bookend.dev/teardown before the deletion. It is back.',
  },
  Removing: { type: 'Normal', means: 'Objects left the spec and are being removed in order.' },
  Removed: { type: 'Normal', means: 'The objects that left the spec are gone.' },
  Refused: {
    type: 'Warning',
    means: 'It cannot go on. The message says why and what to do; the same words are in the conditions.',
  },
  TeardownStarted: { type: 'Normal', means: 'The order is written down, and the first objects are about to be deleted.' },
  Blocked: { type: 'Warning', means: 'An object is not gone in time. The message names what keeps it.' },
  PassedOver: {
    type: 'Warning',
    means:
      'With onTimeout Continue: an object that is not gone in time stays behind. With Continue or Force: an object is deleted although a Pod of others still uses it; the Pod stays.',
  },
  Kept: {
    type: 'Warning',
    means:
      'A Namespace of the ClusterOperator stays, since its deletion would take along what others have in it, or what may not be listed. The message names what is in it.',
  },
  Forced: {
    type: 'Warning',
    means: 'With onTimeout Force: a Pod was deleted with grace 0, or finalizers were removed. One event for each.',
  },
  PreStopHookFailed: {
    type: 'Warning',
    means: 'A preStop hook failed during the teardown: what it should have cleaned may be left.',
  },
  TeardownFinished: {
    type: 'Normal or Warning',
    means:
      'Nothing is left to do. The message counts what is gone and names what was kept or left behind; Warning when a hook failed or something was left.',
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
