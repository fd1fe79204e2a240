/** Reads what an explanation needs: the object, its surroundings, and Events. */
import type { Instant } from '../cluster/clock.ts';
import type { Cluster, KindInfo } from '../cluster/port.ts';
import type { Serving } from '../knowledge/serving/server.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { groupOf, idOf, type ObjectId, parseId } from '../objects/identity.ts';
import { bookendGroup } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { type OnRead, Reader } from '../reading/reader.ts';
import { surroundingsFrom } from '../reading/surroundings.ts';
import { inventoryOf } from '../resource/status/inventory.ts';
import type { Snapshot } from './blocker.ts';
import { leaseBehind } from './controller-manager.ts';
import { isForCloud } from './kubernetes-finalizers.ts';
import { paramsOf } from './params.ts';
import { readFurther } from './read-further.ts';
import { deletingSince } from './since.ts';

/**
 * @param ref what is asked about, at a version that the cluster serves
 * @returns undefined when it does not exist
 * @throws BookendError forbidden: the object itself may not be read. unreachable, throttled, unauthorized.
 */
export async function gather(cluster: Cluster, ref: ObjectRef, now: Instant, onRead?: OnRead): Promise<Snapshot | undefined> {
  const object = await cluster.get(ref);
  if (!object) return undefined;
  const reader = await Reader.of(cluster, onRead);
  reader.references = isCustom(object);
  const isNamespace = ref.kind === 'Namespace' && ref.apiVersion === 'v1';
  const namespace = isNamespace ? ref.name : (ref.namespace ?? boundNamespace(object) ?? 'default');
  const given = [object, ...(await reader.getAll([...installedBy(object), ...heldUpBy(object, reader.kinds)]))];
  const look = {
    given,
    namespace,
    whole: isNamespace ? [ref.name] : [],
    mayHaveChildren: mayHaveChildren(object),
  };
  const near = await surroundingsFrom(reader, look, given);
  // Nothing points to a controller whose rights are gone: it is looked for by its name, wherever it runs.
  const everywhere = (subjects: readonly KubernetesObject[]) =>
    surroundingsFrom(reader, { ...look, given: subjects, everywhere: true }, subjects);
  const surroundings = hasUnserved(object, near.objects) ? await everywhere(given) : near;
  const others = (objects: readonly KubernetesObject[]) => objects.filter((other) => idOf(other) !== idOf(object));
  const step = await readFurther(reader, object, others(surroundings.objects));
  // The chain can lead to a group that nothing near has to do with, and so can its controller.
  const isAllRead = isNamespace && surroundings !== near;
  const unserved = isAllRead ? [] : unservedEnding(step.objects);
  const further =
    unserved.length > 0 ? await readFurther(reader, object, others((await everywhere([...given, ...unserved])).objects)) : step;
  const events = await eventsIn(reader, namespace, object);
  const params = await paramsOf(cluster, reader.kinds, object, surroundings.objects);
  return {
    object,
    objects: [object, ...further.objects, ...(await leaseBehind(object, cluster, now))],
    events: unique([...events, ...further.events]),
    kinds: reader.kinds,
    params,
    notSeen: [...reader.notSeen].sort(),
    now,
  };
}

const bindings = new Map([
  ['/PersistentVolume', 'claimRef'],
  ['snapshot.storage.k8s.io/VolumeSnapshotContent', 'volumeSnapshotRef'],
]);

/** Where the claim of a volume is, and the snapshot of its content: they and their users decide when it goes. */
function boundNamespace({ apiVersion, kind, spec }: KubernetesObject): string | undefined {
  const field = bindings.get(`${groupOf(apiVersion)}/${kind}`);
  return field === undefined ? undefined : textOf(fieldAt(spec, field, 'namespace'));
}

/** What a ClusterOperator has installed bears no owner reference to it: only its status says what that is. */
function installedBy({ apiVersion, kind, status }: KubernetesObject): ObjectRef[] {
  if (kind !== 'ClusterOperator' || groupOf(apiVersion) !== bookendGroup) return [];
  return inventoryOf(status).map(({ apiVersion: version, kind: itemKind, name, namespace }) => ({
    ...{ apiVersion: version, kind: itemKind, name },
    ...(namespace !== undefined && { namespace }),
  }));
}

/** What its teardown waits for, such as the Pods of a workload that is gone. */
function heldUpBy({ apiVersion, kind, status }: KubernetesObject, kinds: readonly KindInfo[]): ObjectRef[] {
  if (kind !== 'ClusterOperator' || groupOf(apiVersion) !== bookendGroup) return [];
  return listOf(fieldAt(status, 'teardown', 'objects')).flatMap((state): ObjectRef[] => {
    const id = textOf(mapOf(state).waitsFor);
    if (id === undefined) return [];
    const { group, ...named } = parseId(id as ObjectId);
    const served = kinds.find((each) => each.group === group && each.kind === named.kind);
    return served ? [{ apiVersion: served.apiVersion, ...named }] : [];
  });
}

/** Others of its group may name it. */
function isCustom({ apiVersion }: KubernetesObject): boolean {
  return !isBuiltInGroup(groupOf(apiVersion));
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
  return [object, ...content].some((each) => isUnserved(each, serving));
}

/** What ends beside it, with a finalizer that nobody was found for. */
function unservedEnding(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const ending = objects.filter((each) => deletingSince(each) !== undefined && !isBuiltInGroup(groupOf(each.apiVersion)));
  if (ending.length === 0) return [];
  const serving = servingOf(objects);
  return ending.filter((each) => isUnserved(each, serving)).slice(0, mostUnserved);
}

const mostUnserved = 40;

function isUnserved(object: KubernetesObject, serving: Serving): boolean {
  return (object.metadata.finalizers ?? []).some(
    (finalizer) => isForCloud(finalizer) || serving.serversOfFinalizer(finalizer, object).length === 0,
  );
}

/** Warnings about its namespace; of a Namespace everything, as what is in it tells why it stays. */
async function eventsIn(reader: Reader, namespace: string, { kind, apiVersion }: KubernetesObject): Promise<KubernetesObject[]> {
  const isWhole = kind === 'Namespace' && apiVersion === 'v1';
  return reader.listAll([{ apiVersion: 'v1', kind: 'Event', namespace, ...(!isWhole && { fieldSelector: 'type=Warning' }) }]);
}

function unique(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return [...new Map(objects.map((object) => [idOf(object), object])).values()];
}
