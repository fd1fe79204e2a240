/**
 * What was read from a live cluster, beyond what the simulated one adopts by itself: when it was read, and Pods that do
 * not run, which must stay as they are, since an operator that crashes serves nothing.
 */
import { annotations } from '../../cluster/simulated/index.ts';
import { fieldAt, listOf, mapOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';

/**
 * The latest moment that the objects tell of, in ms since 1970; undefined when they tell of none. The cluster was read
 * at that moment or soon after.
 */
export function momentOf(objects: readonly KubernetesObject[]): number | undefined {
  const told = objects.flatMap(({ metadata, status }) => [
    metadata.creationTimestamp,
    ...listOf(fieldAt(status, 'conditions')).map((condition) => fieldAt(condition, 'lastTransitionTime')),
  ]);
  const latest = told.reduce<number>((max, time) => Math.max(max, typeof time === 'string' ? Date.parse(time) || 0 : 0), 0);
  return latest === 0 ? undefined : latest;
}

/**
 * A Pod as its kubelet will take it up: not started when it does not run, out of reach when its node has not stopped it
 * in time.
 */
export function livePod(pod: KubernetesObject, now: number): KubernetesObject {
  const { deletionTimestamp, finalizers } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    const isLate = Date.parse(deletionTimestamp) + lateMs < now && !finalizers?.length;
    if (!isLate) return pod;
    const { nodeName: _, ...spec } = mapOf(pod.spec);
    return { ...pod, spec };
  }
  const statuses = listOf(fieldAt(pod.status, 'containerStatuses'));
  const isDown = statuses.length > 0 && statuses.every((each) => fieldAt(each, 'state', 'running') === undefined);
  const phase = fieldAt(pod.status, 'phase');
  if (phase === 'Running' && isDown) {
    const down = withAnnotation(pod, annotations.startMs, endless);
    return { ...down, status: { ...mapOf(pod.status), phase: 'Pending' } };
  }
  if (phase === 'Pending' && fieldAt(pod.spec, 'nodeName') !== undefined)
    return withAnnotation(pod, annotations.startMs, endless);
  return pod;
}

/** A Pod that is still there so long after the end of its grace period, in ms, is not being stopped. */
const lateMs = 60_000;
const endless = String(10 * 365 * 24 * 3_600_000);

function withAnnotation(pod: KubernetesObject, name: string, value: string): KubernetesObject {
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [name]: value } } };
}
