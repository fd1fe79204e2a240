/**
 * What is ours of what is there, by current reads. Only claims count (a UID or a nonce on record): labels are a way to
 * read quickly, and whatever they do not find is read by name. Objects of others are never touched, whatever name and
 * labels they have.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster, Query } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { type Claim, isClaimed } from '../install/claim.ts';
import { type Found, foundIn } from '../install/installation.ts';
import type { OutlinedObject } from '../install/outline.ts';
import { describeId, idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Claims } from './claims.ts';

/** From so many objects of one kind and namespace on, one list costs less than reading each. */
const worthAList = 8;
/** From so many on, a list of all that is in the place costs less than reading each, also beside objects of others. */
const worthAWholeList = 64;
/** So many reads at once. */
const width = 8;

/** The live objects among `claimed` that are ours, whole. @param name of the ClusterOperator */
export async function findOurs(
  cluster: Cluster,
  name: string,
  claimed: readonly (ObjectRef & Claim)[],
): Promise<KubernetesObject[]> {
  const groups = [...Map.groupBy(claimed, placeOf).values()];
  const found = await inTurns(width, groups, async (group) => {
    const claims = new Map(group.map((item) => [idOfRef(item), item]));
    const isOurs = (object: KubernetesObject) => isClaimed(object, claims.get(idOf(object)) ?? {});
    const listed = group.length < worthAList ? [] : await labelled(cluster, name, group, isOurs);
    const seen = new Set(listed.map(idOf));
    const others = await thoseThere(
      cluster,
      group.filter((item) => !seen.has(idOfRef(item))),
    );
    const read = await inTurns(width, others, (item) => orNone(cluster.get(bare(item))));
    return [...listed, ...read.filter((object) => object !== undefined && isOurs(object))] as KubernetesObject[];
  });
  return found.flat();
}

/** Without most of those that do not exist. At the end of a teardown that is all of them. */
async function thoseThere<Item extends ObjectRef>(cluster: Cluster, group: readonly Item[]): Promise<readonly Item[]> {
  const [first] = group;
  if (!first || group.length < worthAWholeList) return group;
  const wanted = new Set(group.map((item) => idOfRef(item)));
  const { apiVersion, kind, namespace } = first;
  const live = new Set((await namesIn(cluster, { apiVersion, kind, ...(namespace && { namespace }) }, wanted)).map(idOf));
  return group.filter((item) => live.has(idOfRef(item)));
}

/** The metadata of what is wanted among all objects of a kind in a place. */
async function namesIn(cluster: Cluster, place: Query, wanted: ReadonlySet<ObjectId>): Promise<KubernetesObject[]> {
  const keep = (object: KubernetesObject) => (wanted.has(idOf(object)) ? object : undefined);
  return (await orNone(cluster.list({ ...place, metadataOnly: true, keep })))?.items ?? [];
}

/** Anybody may put our label on any number of objects: they are dropped as they arrive. */
async function labelled(
  cluster: Cluster,
  name: string,
  [first]: readonly ObjectRef[],
  isOurs: (object: KubernetesObject) => boolean,
): Promise<KubernetesObject[]> {
  if (!first) return [];
  const { apiVersion, kind, namespace } = first;
  const query = {
    apiVersion,
    kind,
    ...(namespace && { namespace }),
    labelSelector: `${clusterOperatorLabel}=${name}`,
    keep: (object: KubernetesObject) => (isOurs(object) ? object : undefined),
  };
  return (await orNone(cluster.list(query)))?.items ?? [];
}

/**
 * Checks, before anything is changed, that no wanted object exists already as somebody else's.
 * @returns what exists and is ours
 * @throws BookendError `already-exists` naming every such object
 */
export async function refuseForeign(
  cluster: Cluster,
  wanted: readonly OutlinedObject[],
  claims: Claims,
): Promise<Map<ObjectId, Found>> {
  const groups = [...Map.groupBy(wanted, ({ ref }) => placeOf(ref)).values()];
  const foreign: OutlinedObject[] = [];
  const ours = new Map<ObjectId, Found>();
  await inTurns(width, groups, async (group) => {
    const live = await readGroup(cluster, group);
    for (const each of group) {
      const object = live.get(each.id);
      if (!object) continue;
      if (await claims.recognise(each, object)) {
        const found = foundIn(object);
        ours.set(each.id, found);
        claims.made(each.id, found.uid);
      } else foreign.push(each);
    }
  });
  const [first] = foreign;
  if (!first) return ours;
  const others = foreign.slice(1, 6).map(({ id }) => describeId(id));
  const more = foreign.length > 1 ? ` (and ${foreign.length - 1} more: ${others.join(', ')})` : '';
  throw new BookendError('already-exists', `${first.place}: ${describeId(first.id)} exists already and is not ours${more}`, {
    object: describeId(first.id),
    field: first.place,
    advice:
      'Delete it, rename yours, or take it over with the annotation bookend.dev/adopt: "true" on the object in the spec; nothing was changed.',
  });
}

/** The metadata of those that exist. */
async function readGroup(cluster: Cluster, group: readonly OutlinedObject[]): Promise<Map<ObjectId, KubernetesObject>> {
  const wanted = new Set(group.map(({ id }) => id));
  const [first] = group;
  if (!first) return new Map();
  const { apiVersion, kind, namespace } = first.ref;
  const objects =
    group.length >= worthAList
      ? await namesIn(cluster, { apiVersion, kind, ...(namespace && { namespace }) }, wanted)
      : (await inTurns(width, group, ({ ref }) => orNone(cluster.get(ref, { metadataOnly: true })))).flatMap(
          (object) => object ?? [],
        );
  return new Map(objects.map((object) => [idOf(object), object]));
}

/** A kind that is not served has no objects: its CustomResourceDefinition may be in the same spec, or gone. */
async function orNone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
}

function bare({ apiVersion, kind, namespace, name }: ObjectRef): ObjectRef {
  return { apiVersion, kind, name, ...(namespace && { namespace }) };
}

function placeOf({ apiVersion, kind, namespace }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace ?? ''}`;
}
