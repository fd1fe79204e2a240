/** Pods as controllers and the kubelet see them: made from a template, judged by their status. */
import { conditionOf, isTrue } from '../../objects/conditions.ts';
import { fieldAt, isMap } from '../../objects/fields.ts';
import type { KubernetesObject, OwnerReference } from '../../objects/object.ts';
import type { Store, Stored } from './api/store.ts';
import { type Fields, same } from './json.ts';

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
  const controlled: Stored[] = [];
  for (const { kind, object } of store.dependentsOf(uid)) {
    if (kind.key !== key) continue;
    if (object.metadata.ownerReferences?.some((one) => one.uid === uid && one.controller === true)) controlled.push(object);
  }
  return controlled;
}

/**
 * Whether two Pod templates are the same but for the hash that controllers add (`EqualIgnoreHash`). Remembered:
 * controllers ask for the same two at every turn.
 */
export function sameTemplate(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isMap(one) || !isMap(other)) return false;
  const known = compared.get(one) ?? new WeakMap<object, boolean>();
  compared.set(one, known);
  const before = known.get(other);
  if (before !== undefined) return before;
  const result = same(bareTemplate(one), bareTemplate(other));
  known.set(other, result);
  return result;
}

const compared = new WeakMap<object, WeakMap<object, boolean>>();

function bareTemplate({ metadata, spec }: Fields): Fields {
  const { creationTimestamp: _c, labels, ...rest } = isMap(metadata) ? metadata : {};
  const { 'pod-template-hash': _h, ...others } = isMap(labels) ? labels : {};
  return { metadata: { ...rest, labels: others }, spec };
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
  return isTrue(pod, 'Ready');
}

/** Ready for at least that long, at `now` (`podutil.IsPodAvailable`). */
export function isAvailable(pod: KubernetesObject, minReadySeconds: unknown, now: number): boolean {
  if (!isReady(pod)) return false;
  const seconds = typeof minReadySeconds === 'number' ? minReadySeconds : 0;
  return seconds === 0 || Date.parse(String(conditionOf(pod, 'Ready')?.lastTransitionTime)) + seconds * 1000 <= now;
}
