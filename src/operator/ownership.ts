/**
 * What is ours. The label on the objects themselves is the truth; the inventory in the status says where to look for it, and covers an object whose
 * label somebody took away. Objects of others are never touched, whatever name they have.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import type { DesiredObject } from '../install/desired.ts';
import { describeId, idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import { adoptAnnotation, clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';

/** From so many objects of one kind and namespace on, one list costs less than reading each. */
const worthAList = 8;

/** The live objects among `refs` that belong to ClusterOperator `name`, and whatever else of these kinds bears its label. */
export async function findOurs(cluster: Cluster, name: string, refs: readonly ObjectRef[]): Promise<KubernetesObject[]> {
  const groups = [...Map.groupBy(refs, placeOf).values()];
  const lists = await inTurns(8, groups, async (group) => {
    const [first] = group;
    if (!first) return [];
    const query = { ...whereabouts(first), labelSelector: `${clusterOperatorLabel}=${name}` };
    const listed = (await orNone(cluster.list(query)))?.items ?? [];
    const found = new Set(listed.map(idOf));
    const unlabelled = group.filter((ref) => ref.uid !== undefined && !found.has(idOfRef(ref)));
    const rest = await inTurns(8, unlabelled, async (ref) => {
      const object = await orNone(cluster.get(ref));
      return object && object.metadata.uid === ref.uid && !belongsTo(object) ? [object] : [];
    });
    return [...listed, ...rest.flat()];
  });
  return lists.flat();
}

/**
 * Checks, before anything is changed, that no wanted object exists already as somebody else's.
 * @param inventory objects of ours by UID: they may have lost their label
 * @returns the identities that exist and are ours
 * @throws BookendError `already-exists` naming every such object
 */
export async function refuseForeign(
  cluster: Cluster,
  name: string,
  desired: readonly DesiredObject[],
  inventory: ReadonlySet<string>,
): Promise<Set<ObjectId>> {
  const groups = [...Map.groupBy(desired, ({ object }) => placeOf(object2ref(object))).values()];
  const foreign: { wanted: DesiredObject; owner: string | undefined }[] = [];
  const ours = new Set<ObjectId>();
  await inTurns(8, groups, async (group) => {
    const live = await readGroup(cluster, group);
    for (const wanted of group) {
      const object = live.get(wanted.id);
      if (!object) continue;
      const owner = belongsTo(object);
      const adopted = owner === undefined && wanted.object.metadata.annotations?.[adoptAnnotation] === 'true';
      if (owner === name || adopted || (owner === undefined && inventory.has(object.metadata.uid ?? ''))) ours.add(wanted.id);
      else foreign.push({ wanted, owner });
    }
  });
  const [first] = foreign;
  if (!first) return ours;
  const others =
    foreign.length > 1
      ? ` (and ${foreign.length - 1} more: ${foreign
          .slice(1, 6)
          .map(({ wanted }) => describeId(wanted.id))
          .join(', ')})`
      : '';
  const whose = first.owner ? `belongs to ClusterOperator ${first.owner}` : 'is not ours';
  throw new BookendError(
    'already-exists',
    `${first.wanted.place}: ${describeId(first.wanted.id)} exists already and ${whose}${others}`,
    {
      object: describeId(first.wanted.id),
      field: first.wanted.place,
      advice: first.owner
        ? `Remove it from ClusterOperator ${first.owner} first; nothing was changed.`
        : `Delete it, rename yours, or take it over with the annotation ${adoptAnnotation}: "true" on the object in the spec; nothing was changed.`,
    },
  );
}

async function readGroup(cluster: Cluster, group: readonly DesiredObject[]): Promise<Map<ObjectId, KubernetesObject>> {
  const refs = group.map(({ object }) => object2ref(object));
  const [first] = refs;
  if (!first) return new Map();
  const objects =
    refs.length >= worthAList
      ? ((await orNone(cluster.list({ ...whereabouts(first), metadataOnly: true })))?.items ?? [])
      : (await inTurns(8, refs, (ref) => orNone(cluster.get(ref)))).flatMap((object) => object ?? []);
  return new Map(objects.map((object) => [idOf(object), object]));
}

/** The ClusterOperator that an object says it belongs to. */
function belongsTo(object: KubernetesObject): string | undefined {
  return object.metadata.labels?.[clusterOperatorLabel];
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

function object2ref({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function whereabouts({ apiVersion, kind, namespace }: ObjectRef) {
  return { apiVersion, kind, ...(namespace && { namespace }) };
}

function placeOf({ apiVersion, kind, namespace }: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace ?? ''}`;
}
