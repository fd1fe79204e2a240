/**
 * How the containers of a Pod end: in which order they receive the signal (`kuberuntime_termination_order.go`), and how
 * much time they have. Pure.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { mapsOf } from '../json.ts';

/** At least this long a container has between SIGTERM and SIGKILL (`minimumGracePeriodInSeconds`). */
const leastGraceMs = 2_000;
/** A kubelet that takes notice later than this (ms) finds part of the grace period used up. */
const lateMs = 1_500;

/** A grace period that has begun, in ms. */
export type GracePeriod = { began: number; deadline: number };

/** The kubelet counts the grace period from the DELETE, even when it takes the Pod up later. */
export function gracePeriodOf({ metadata }: Stored, now: number): GracePeriod {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  const graceMs = deletionGracePeriodSeconds * 1000;
  const asked = deletionTimestamp === undefined ? now : Date.parse(deletionTimestamp) - graceMs;
  const began = now - asked > lateMs ? asked : now;
  return { began, deadline: began + graceMs };
}

/**
 * How long containers that get SIGTERM now go on, and whether SIGKILL ends them. @param neededMs until they end by
 * themselves
 */
export function afterSigterm({ deadline }: GracePeriod, neededMs: number, now: number): { ms: number; killed: boolean } {
  const budget = Math.max(deadline - now, leastGraceMs);
  return { ms: Math.min(budget, neededMs), killed: neededMs > budget };
}

/**
 * Names of the containers that get SIGTERM together: all main ones, then each native sidecar alone, in the reverse
 * order of their start.
 */
export function turnsOf(pod: Stored): string[][] {
  const main = mapsOf(fieldAt(pod.spec, 'containers')).map(({ name }) => String(name));
  return [
    main,
    ...sidecarsOf(pod)
      .reverse()
      .map((name) => [name]),
  ];
}

export function hasSidecars(pod: Stored): boolean {
  return sidecarsOf(pod).length > 0;
}

/** Init containers that go on running: `restartPolicy: Always`. */
function sidecarsOf(pod: Stored): string[] {
  return mapsOf(fieldAt(pod.spec, 'initContainers'))
    .filter(({ restartPolicy }) => restartPolicy === 'Always')
    .map(({ name }) => String(name));
}
