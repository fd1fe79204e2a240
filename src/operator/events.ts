/**
 * Events on the ClusterOperator: what happened, for `kubectl describe` and for whoever collects events. They are told, never relied upon: one that cannot be
 * written is logged and forgotten.
 */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Log } from './log.ts';

export type EventReason =
  | 'Installing'
  | 'Installed'
  | 'DriftRepaired'
  | 'Removing'
  | 'Removed'
  | 'Refused'
  | 'TeardownStarted'
  | 'Deleted'
  | 'Blocked'
  | 'PassedOver'
  | 'Forced'
  | 'PreStopHookFailed'
  | 'TeardownFinished';

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
