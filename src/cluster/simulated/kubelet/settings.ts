/**
 * How long things take on a simulated node: for all Pods by option, for one Pod by annotations on its template, so that
 * a test's manifest says by itself what its Pods do.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { mapsOf } from '../json.ts';
import type { Range } from '../random.ts';

export const annotations = {
  /** From being scheduled to running. */
  startMs: 'simulated.bookend.dev/start-ms',
  /** From running to ready; `never`: it does not become ready. */
  readyMs: 'simulated.bookend.dev/ready-ms',
  /** How long a Pod that is to end by itself (of a Job) runs. */
  runMs: 'simulated.bookend.dev/run-ms',
  /** The code it then ends with; 0 unless given. */
  exitCode: 'simulated.bookend.dev/exit-code',
  /** How long the preStop hook takes. */
  preStopMs: 'simulated.bookend.dev/pre-stop-ms',
  /**
   * What the hook asks of the API server in the end: `verb resource[.group] [namespace]`, several separated by commas.
   */
  preStopNeeds: 'simulated.bookend.dev/pre-stop-needs',
  /** From SIGTERM to the end of a container; with `.NAME` behind it, of the container of that name. */
  stopMs: 'simulated.bookend.dev/stop-ms',
} as const;

/** Milliseconds, each a fixed value or a range to draw from. */
export type KubeletTimes = {
  /** From creation to being assigned to a node. */
  scheduleMs: Range;
  startMs: Range;
  readyMs: Range;
  runMs: Range;
  stopMs: Range;
  /** From a change of the Pod to the kubelet's taking notice, and from the end of its containers to its report. */
  kubeletDelayMs: Range;
};

export const usualTimes: KubeletTimes = {
  scheduleMs: [2, 10],
  startMs: 200,
  readyMs: 100,
  runMs: 500,
  stopMs: 100,
  kubeletDelayMs: [2, 10],
};

/** The annotation's number, or undefined when it has none. */
export function milliseconds(pod: Stored, annotation: string): number | undefined {
  const value = Number(pod.metadata.annotations?.[annotation] ?? Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** How long the slowest of these containers takes from SIGTERM to its end, where the Pod says so. */
export function stopMsOf(pod: Stored, containers: readonly string[]): number | undefined {
  const each = containers.map((name) => milliseconds(pod, `${annotations.stopMs}.${name}`)).filter((ms) => ms !== undefined);
  return each.length > 0 ? Math.max(...each) : milliseconds(pod, annotations.stopMs);
}

export type PreStop = { ms: number; needs: string[] };

/**
 * What the Pod's preStop hooks do, or undefined when it has none: the annotations, or the longest `preStop.sleep` of
 * its containers.
 */
export function preStopOf(pod: Stored): PreStop | undefined {
  const needs = (pod.metadata.annotations?.[annotations.preStopNeeds] ?? '')
    .split(',')
    .map((need) => need.trim())
    .filter((need) => need !== '');
  const annotated = milliseconds(pod, annotations.preStopMs);
  const all = [...mapsOf(fieldAt(pod.spec, 'containers')), ...mapsOf(fieldAt(pod.spec, 'initContainers'))];
  const sleeps = all.flatMap((container) => {
    const seconds = fieldAt(container, 'lifecycle', 'preStop', 'sleep', 'seconds');
    return typeof seconds === 'number' ? [seconds * 1000] : [];
  });
  if (annotated === undefined && needs.length === 0 && sleeps.length === 0) return undefined;
  return { ms: annotated ?? Math.max(0, ...sleeps), needs };
}
