/**
 * What is ours of what is there, by current reads. Only claims count (a UID or a nonce on record): labels are a way to
 * read quickly, and whatever they do not find is read by name. Objects of others are never touched, whatever name and
 * labels they have.
 */
import { inTurns } from '../cluster/in-turns.ts';
import { byPlace, orNone, readNamed, thoseThere, width, worthAList } from '../cluster/named-reads.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { type Claim, isClaimed } from '../install/claim.ts';
import { type Found, foundIn } from '../install/installation.ts';
import type { OutlinedObject } from '../install/outline.ts';
import { describeId, idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { Claims } from './claims.ts';

/** The live objects among `claimed` that are ours, whole. @param name of the ClusterOperator */
export async function findOurs(
  cluster: Cluster,
  name: string,
  claimed: readonly (ObjectRef & Claim)[],
): Promise<KubernetesObject[]> {
  const found = await inTurns(width, byPlace(claimed), async (group) => {
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

/** So few that are gone are read by name before a list of them has been answered. */
const worthAListOfNothing = 16;

/** The same for claims of which hardly any can be left: nothing but the identities, and quickly. */
export async function findLeft(cluster: Cluster, claimed: readonly (ObjectRef & Claim)[]): Promise<ObjectId[]> {
  const groups = await inTurns(width, byPlace(claimed), (group) => thoseThere(cluster, group, worthAListOfNothing));
  const left = await inTurns(width, groups.flat(), async (item) => {
    const object = await orNone(cluster.get(bare(item), { metadataOnly: true }));
    return object && isClaimed(object, item) ? idOf(object) : undefined;
  });
  return left.flatMap((id) => id ?? []);
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
  const groups = byPlace(wanted, ({ ref }) => ref);
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
function readGroup(cluster: Cluster, group: readonly OutlinedObject[]): Promise<Map<ObjectId, KubernetesObject>> {
  const refs = group.map(({ ref }) => ref);
  return readNamed(cluster, refs, { metadataOnly: () => true, listFrom: worthAList });
}

function bare({ apiVersion, kind, namespace, name }: ObjectRef): ObjectRef {
  return { apiVersion, kind, name, ...(namespace && { namespace }) };
}
