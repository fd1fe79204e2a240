/**
 * Many objects by name, read with few requests. A list costs more than reading one object: since Kubernetes 1.31 the
 * API server answers it from its cache, and waits up to 100 ms until that has overtaken the last write of whatever
 * kind. But it costs little more for a thousand objects than for one. So a few are read one by one, side by side, and
 * many of one kind and namespace with one list.
 */
import { BookendError, isCode } from '../errors.ts';
import { groupOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { inTurns } from './in-turns.ts';
import type { Cluster, Listing, Query } from './port.ts';

/** From so many objects of one kind and namespace on, a list that matches these alone costs less than reading each. */
export const worthAList = 8;
/** From so many on, a list of all that is in the place costs less than reading each, also beside objects of others. */
export const worthAWholeList = 64;
/** Where objects of others are many more, a limited list ends here: so many are read for each that is wanted. */
const readForEach = 4;
/** So many reads at once. */
export const width = 8;

export type NamedReads = {
  /** Kinds of which the metadata is enough. */
  metadataOnly?(kind: Kind): boolean;
  /** Whether more than the metadata is needed of this Secret, where many are read. Default: of each. */
  needsSecret?(metadata: KubernetesObject): boolean;
  /** From so many of one kind and place on a list is read. Default: `worthAWholeList`. */
  listFrom?: number;
  /** Told of each that cannot be read, in place of an error. */
  onRefused?(ref: ObjectRef, error: BookendError): void;
};

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>;

/**
 * Those of the named objects that exist, as they are now. UIDs are not compared. A kind that is not served has no
 * objects.
 */
export async function readNamed(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  options: NamedReads = {},
): Promise<Map<ObjectId, KubernetesObject>> {
  const found = new Map<ObjectId, KubernetesObject>();
  const groups = byPlace(new Map(refs.map((ref) => [idOfRef(ref), ref])).values());
  const { listFrom = worthAWholeList } = options;
  const many = groups.filter((group) => group.length >= listFrom);
  const few = groups.filter((group) => group.length < listFrom).flat();
  const read = async (ref: ObjectRef) => {
    const object = await readOne(cluster, ref, options);
    if (object) found.set(idOfRef(ref), object);
  };
  const list = async (group: readonly ObjectRef[]): Promise<readonly ObjectRef[]> => {
    try {
      const { there, unknown } = await listNamed(cluster, group, wayToList(group, options));
      for (const [id, object] of there) found.set(id, object);
      return unknown;
    } catch (error) {
      if (!options.onRefused || !(error instanceof BookendError)) throw error;
      for (const ref of group) options.onRefused(ref, error);
      return [];
    }
  };
  const [rest] = await Promise.all([inTurns(width, many, list), inTurns(width, few, read)]);
  await inTurns(width, rest.flat(), read);
  return found;
}

/**
 * Of references to one kind in one place those that a list of the place does not show to be absent. Few are not worth
 * more of a list than is read at once: where objects of others are many more, each is read by name.
 * @param listFrom from so many on
 */
export async function thoseThere<Ref extends ObjectRef>(
  cluster: Cluster,
  group: readonly Ref[],
  listFrom = worthAList,
): Promise<readonly Ref[]> {
  if (group.length < listFrom) return group;
  const { there, unknown } = await listNamed(cluster, group, { metadataOnly: true, isLimited: group.length < worthAWholeList });
  const open = new Set(unknown.map((ref) => idOfRef(ref)));
  return group.filter((ref) => there.has(idOfRef(ref)) || open.has(idOfRef(ref)));
}

type WayToList = {
  metadataOnly: boolean;
  /** The list ends where objects of others are many more. */
  isLimited: boolean;
  /** Which of those that the list shows must still be read by name. */
  mustRead?(metadata: KubernetesObject): boolean;
};

/** Of Secrets no list reads more than metadata: their neighbours' values are nobody's business. */
function wayToList([first]: readonly ObjectRef[], { metadataOnly, needsSecret = () => true }: NamedReads): WayToList {
  if (first && metadataOnly?.(first)) return { metadataOnly: true, isLimited: false };
  const isSecret = first?.kind === 'Secret' && groupOf(first.apiVersion) === '';
  return isSecret ? { metadataOnly: true, isLimited: false, mustRead: needsSecret } : { metadataOnly: false, isLimited: true };
}

type Listed<Ref> = { there: Map<ObjectId, KubernetesObject>; unknown: Ref[] };

/**
 * What one list tells of a group of one place.
 * @returns the objects, and what must be read by name: the list has ended before it, or may not be asked for
 */
async function listNamed<Ref extends ObjectRef>(
  cluster: Cluster,
  group: readonly Ref[],
  { metadataOnly, isLimited, mustRead = () => false }: WayToList,
): Promise<Listed<Ref>> {
  const there = new Map<ObjectId, KubernetesObject>();
  const [first] = group;
  if (!first) return { there, unknown: [] };
  const { apiVersion, kind, namespace } = first;
  // By name, not by identity: a kind without a namespace has none, whatever the reference says.
  const wanted = new Map(group.map((ref) => [ref.name, ref]));
  const isHere = ({ metadata }: KubernetesObject) => metadata.namespace === undefined || metadata.namespace === namespace;
  const query: Query = {
    ...{ apiVersion, kind, ...(namespace && { namespace }) },
    ...(metadataOnly && { metadataOnly }),
    ...(isLimited && { limit: group.length * readForEach }),
    keep: (object) => (wanted.has(object.metadata.name) && isHere(object) ? object : undefined),
  };
  const listing = await orForbidden(orNone(cluster.list(query)));
  if (listing === 'forbidden') return { there, unknown: [...group] };
  const listed = new Map((listing?.items ?? []).map((object) => [object.metadata.name, object]));
  const unknown = group.filter((ref) => {
    const object = listed.get(ref.name);
    if (object === undefined) return listing?.more !== undefined;
    if (mustRead(object)) return true;
    there.set(idOfRef(ref), object);
    return false;
  });
  return { there, unknown };
}

async function readOne(
  cluster: Cluster,
  { apiVersion, kind, namespace, name }: ObjectRef,
  { metadataOnly, onRefused }: NamedReads,
): Promise<KubernetesObject | undefined> {
  const ref = { apiVersion, kind, name, ...(namespace && { namespace }) };
  try {
    return await orNone(cluster.get(ref, metadataOnly?.(ref) ? { metadataOnly: true } : {}));
  } catch (error) {
    if (!onRefused || !(error instanceof BookendError)) throw error;
    onRefused(ref, error);
    return undefined;
  }
}

/** By kind and namespace. @param refOf default: each is a reference itself */
export function byPlace<Ref extends ObjectRef>(refs: Iterable<Ref>): Ref[][];
export function byPlace<T>(items: Iterable<T>, refOf: (item: T) => ObjectRef): T[][];
export function byPlace<T extends ObjectRef>(items: Iterable<T>, refOf: (item: T) => ObjectRef = (ref) => ref): T[][] {
  const placeOf = (item: T) => {
    const { apiVersion, kind, namespace = '' } = refOf(item);
    return `${apiVersion} ${kind} ${namespace}`;
  };
  return [...Map.groupBy(items, placeOf).values()];
}

/** A kind that is not served has no objects: its CustomResourceDefinition may be gone, or still to come. */
export async function orNone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
}

async function orForbidden(list: Promise<Listing | undefined>): Promise<Listing | undefined | 'forbidden'> {
  try {
    return await list;
  } catch (error) {
    // Who may not list may still read by name.
    if (isCode(error, 'forbidden')) return 'forbidden';
    throw error;
  }
}
