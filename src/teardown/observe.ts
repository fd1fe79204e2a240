/** Reduces objects as the API server gives them to what decisions need to see of them. Pure. */
import type { Instant } from '../cluster/clock.ts';
import { listOf, mapOf } from '../objects/fields.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { SeenContainer, SeenObject, SeenPod } from './seen.ts';

/** Any object; for one that is being deleted, `deletionTimestamp` is when that was asked for. */
export function observe(object: KubernetesObject): SeenObject {
  const { deletionTimestamp, finalizers, uid } = object.metadata;
  return {
    ref: { ...refOf(object), uid: uid ?? '' },
    finalizers: finalizers ?? [],
    ...(deletionTimestamp !== undefined && { deletingSince: Date.parse(deletionTimestamp) }),
  };
}

/** A child or Pod: also whether anybody but us would delete it. */
export function observeMember(object: KubernetesObject): SeenObject {
  return (object.metadata.ownerReferences ?? []).length > 0 ? observe(object) : { ...observe(object), ownerless: true };
}

/** A Pod: its `deletionTimestamp` lies in the future by its grace period, which is taken off again here. */
export function observePod(pod: KubernetesObject): SeenPod {
  const seen = observeMember(pod);
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds;
  const spec = mapOf(pod.spec);
  const node = typeof spec.nodeName === 'string' ? spec.nodeName : undefined;
  const { phase } = mapOf(pod.status);
  return {
    ...seen,
    ...(seen.deletingSince !== undefined && { deletingSince: asked(seen.deletingSince, graceSeconds) }),
    ...(graceSeconds !== undefined && { graceSeconds }),
    ...(node !== undefined && { node }),
    ...((phase === 'Succeeded' || phase === 'Failed') && { ended: true }),
    containers: containersOf(pod),
  };
}

function asked(end: Instant, graceSeconds = 0): Instant {
  return end - graceSeconds * 1000;
}

/** Main containers and native sidecars (init containers with restartPolicy Always), each with whether it runs. */
function containersOf(pod: KubernetesObject): SeenContainer[] {
  const spec = mapOf(pod.spec);
  const status = mapOf(pod.status);
  const running = new Set(
    [...listOf(status.containerStatuses), ...listOf(status.initContainerStatuses)]
      .filter((container) => mapOf(mapOf(container).state).running !== undefined)
      .map((container) => mapOf(container).name),
  );
  const sidecars = listOf(spec.initContainers).filter((container) => mapOf(container).restartPolicy === 'Always');
  return [...listOf(spec.containers), ...sidecars].map((container) => {
    const { name, lifecycle } = mapOf(container);
    return { name: String(name), running: running.has(name), preStop: mapOf(lifecycle).preStop !== undefined };
  });
}
