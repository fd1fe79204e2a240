/** Pods as controllers and the kubelet see them: made from a template, judged by their status. */
import { fieldAt, isMap } from '../../objects/fields.ts';
import type { KubernetesObject, OwnerReference } from '../../objects/object.ts';
import { condition } from './conditions.ts';
import type { Fields } from './json.ts';
import type { Store, Stored } from './store.ts';

/** A Pod after a workload's template, owned by that workload as its controller. */
export function podFrom(
  owner: Stored,
  template: unknown,
  name: { name: string } | { generateName: string },
  more: PodExtras = {},
): KubernetesObject {
  const metadata = (fieldAt(template, 'metadata') as Fields | undefined) ?? {};
  const labels = { ...(metadata.labels as Record<string, string> | undefined), ...more.labels };
  const finalizers = [...((metadata.finalizers as string[] | undefined) ?? []), ...(more.finalizers ?? [])];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      ...name,
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      labels,
      ...(isMap(metadata.annotations) && { annotations: metadata.annotations as Record<string, string> }),
      ...(finalizers.length > 0 && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...(fieldAt(template, 'spec') as Fields), ...more.spec },
  };
}

export type PodExtras = { labels?: Record<string, string>; finalizers?: string[]; spec?: Fields };

/** The reference by which a controller marks what it made (`metav1.NewControllerRef`). */
export function controllerReference({ apiVersion, kind, metadata }: Stored): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The objects of a kind whose controller this is. */
export function controlledBy(store: Store, owner: Stored, key: string): Stored[] {
  const { uid } = owner.metadata;
  return store
    .dependentsOf(uid)
    .filter(
      ({ kind, object }) =>
        kind.key === key && object.metadata.ownerReferences?.some((one) => one.uid === uid && one.controller === true),
    )
    .map(({ object }) => object);
}

export function isTerminating({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** All containers have ended, and none will be started again. */
export function hasEnded(pod: KubernetesObject): boolean {
  const phase = fieldAt(pod.status, 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Counts towards a controller's number of replicas (`controller.IsPodActive`). */
export function isActive(pod: KubernetesObject): boolean {
  return !isTerminating(pod) && !hasEnded(pod);
}

export function isReady(pod: KubernetesObject): boolean {
  return condition(pod, 'Ready')?.status === 'True';
}

/** Ready for at least that long, at `now` (`podutil.IsPodAvailable`). */
export function isAvailable(pod: KubernetesObject, minReadySeconds: unknown, now: number): boolean {
  if (!isReady(pod)) return false;
  const seconds = typeof minReadySeconds === 'number' ? minReadySeconds : 0;
  return seconds === 0 || Date.parse(String(condition(pod, 'Ready')?.lastTransitionTime)) + seconds * 1000 <= now;
}
