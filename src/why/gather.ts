/**
 * Reads what an explanation needs, currently and only that: the object, what surrounds it, and warnings about its
 * namespace.
 */
import type { Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { groupOf, idOf } from '../objects/identity.ts';
import { bookendGroup } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { Reader } from '../reading/reader.ts';
import { surroundingsFrom } from '../reading/surroundings.ts';
import type { Snapshot } from './blocker.ts';
import { paramsOf } from './params.ts';

/**
 * @param ref what is asked about, at a version that the cluster serves
 * @returns undefined when it does not exist
 * @throws BookendError forbidden: the object itself may not be read. unreachable, throttled, unauthorized.
 */
export async function gather(cluster: Cluster, ref: ObjectRef, now: Instant): Promise<Snapshot | undefined> {
  const object = await cluster.get(ref);
  if (!object) return undefined;
  const reader = await Reader.of(cluster);
  const isNamespace = ref.kind === 'Namespace' && ref.apiVersion === 'v1';
  const namespace = isNamespace ? ref.name : (ref.namespace ?? 'default');
  const given = [object, ...(await reader.getAll(inventoryOf(object)))];
  const look = { given, namespace, whole: isNamespace ? [ref.name] : [], mayHaveChildren: mayHaveChildren(object) };
  const near = await surroundingsFrom(reader, look, given);
  // Nothing points to a controller whose rights are gone: it is looked for by its name, wherever it runs.
  const surroundings = hasUnserved(object, near.objects)
    ? await surroundingsFrom(reader, { ...look, everywhere: true }, given)
    : near;
  const { events, notSeen } = await warnings(cluster, namespace);
  const params = await paramsOf(cluster, reader.kinds, object, surroundings.objects);
  const others = surroundings.objects.filter((other) => idOf(other) !== idOf(object));
  return {
    object,
    objects: [object, ...others],
    events,
    kinds: reader.kinds,
    params,
    notSeen: [...surroundings.notSeen, ...notSeen],
    now,
  };
}

/** What a ClusterOperator has installed bears no owner reference to it: only its status says what that is. */
function inventoryOf({ apiVersion, kind, status }: KubernetesObject): ObjectRef[] {
  if (kind !== 'ClusterOperator' || groupOf(apiVersion) !== bookendGroup) return [];
  return listOf(fieldAt(status, 'inventory'))
    .map(mapOf)
    .flatMap((item): ObjectRef[] => {
      const [version, itemKind, name, namespace] = [item.apiVersion, item.kind, item.name, item.namespace].map(textOf);
      return version && itemKind && name ? [{ apiVersion: version, kind: itemKind, name, ...(namespace && { namespace }) }] : [];
    });
}

/** Only these can have been made out of anything but Pods, or wait for it. */
function mayHaveChildren({ apiVersion, kind, metadata }: KubernetesObject): boolean {
  const waits = (metadata.finalizers ?? []).includes('foregroundDeletion');
  return waits || (apiVersion === 'v1' && kind === 'Namespace') || !isBuiltInGroup(groupOf(apiVersion));
}

/** Somebody's finalizer is on the object, or on what is in it, and nobody was found who removes it. */
function hasUnserved(object: KubernetesObject, around: readonly KubernetesObject[]): boolean {
  const serving = servingOf(around);
  const content = object.kind === 'Namespace' ? around.filter(({ metadata }) => metadata.namespace === object.metadata.name) : [];
  return [object, ...content].some((each) =>
    (each.metadata.finalizers ?? []).some((finalizer) => serving.serversOfFinalizer(finalizer, each).length === 0),
  );
}

async function warnings(cluster: Cluster, namespace: string): Promise<{ events: KubernetesObject[]; notSeen: string[] }> {
  try {
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace, fieldSelector: 'type=Warning' });
    return { events: items, notSeen: [] };
  } catch (error) {
    if (!isCode(error, 'forbidden', 'not-found')) throw error;
    return { events: [], notSeen: [`events in namespace ${namespace}: ${error.message}`] };
  }
}
