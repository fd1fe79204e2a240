/**
 * What is in a Namespace besides what goes with it. Deleting a Namespace deletes everything in it, whosever it is; so
 * before that every kind is read which that deletion would take along.
 *
 * Controllers fill each namespace with some objects (`src/objects/namespace-defaults.ts`) and keep Endpoints beside
 * each Service (`pkg/controller/endpoint`); clients leave Events and Leases, which have no life of their own. Nothing
 * else counts as made by the cluster itself.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster, KindInfo, Listing } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { describeRef, groupOf, idOf, makeId, type ObjectId } from '../objects/identity.ts';
import { isNamespaceDefault } from '../objects/namespace-defaults.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { mostLookedAt, mostNamed } from './bounds.ts';

export type Inhabitants = {
  /**
   * The Namespace as it was before the look: a delete names it, so that one which somebody changed since is looked at
   * again.
   */
  resourceVersion?: string;
  /** The first few objects of others that stay, by name. */
  named: ObjectId[];
  /** How many there are; at least so many where a kind has more than were read. */
  count: number;
  atLeast: boolean;
  /** Objects that are on their way: being deleted, ours, or left to the garbage collector. */
  leaving: number;
  /** One of those, by name. */
  firstLeaving?: ObjectId;
  /** Kinds that may not be listed: what there is of them is not known. */
  notLooked: string[];
};

/** Whose an object in the Namespace is. */
export type Ownership = {
  /** An object of the plan, or one that was made out of it. */
  belongs(object: KubernetesObject): boolean;
  /** True for the identity of a step. */
  isStep(id: ObjectId): boolean;
};

/** So many lists at once. */
const width = 8;

/**
 * Reads the first objects of every kind in the Namespace, metadata only.
 * @throws BookendError `unreachable` when an API does not answer: then nobody knows what it has in there. `not-found`
 * when the Namespace is gone.
 */
export async function lookInto(cluster: Cluster, namespace: ObjectRef, ownership: Ownership): Promise<Inhabitants> {
  const live = await cluster.get(namespace);
  const { kinds, missing } = await cluster.kinds();
  const [silent] = missing;
  if (silent !== undefined) {
    const text = `${describeRef(namespace)}: API group ${silent} does not answer, so its objects are not known`;
    throw new BookendError('unreachable', text, { object: describeRef(namespace) });
  }
  const taken = kinds.filter((kind) => kind.namespaced && kind.verbs.includes('list') && kind.verbs.includes('delete'));
  const notLooked: string[] = [];
  const lists = await inTurns(width, taken, async (kind): Promise<Pick<Listing, 'items' | 'more'>> => {
    try {
      const { apiVersion, kind: name } = kind;
      const query = { apiVersion, kind: name, namespace: namespace.name, metadataOnly: true, keep: bare, limit: mostLookedAt };
      return await cluster.list(query);
    } catch (error) {
      // Gone with its CustomResourceDefinition since.
      if (isCode(error, 'not-found')) return { items: [] };
      if (!isCode(error, 'forbidden')) throw error;
      notLooked.push(describeKind(kind));
      return { items: [] };
    }
  });
  const objects = lists.flatMap(({ items }) => items).filter((object) => !isMadeByTheCluster(object, ownership));
  const cut = lists.flatMap(({ items: [first], more }) => (first && more ? [{ kind: first.kind, count: more.count ?? 1 }] : []));
  const resourceVersion = live?.metadata.resourceVersion;
  return {
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...sorted(objects, ownership, cut),
    notLooked: notLooked.sort(),
  };
}

/** All that is looked at of an object, however large it is. */
function bare({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(ownerReferences !== undefined && { ownerReferences }),
    },
  };
}

/** What no deletion of the namespace's content has to delete. */
export function isMadeByTheCluster(object: KubernetesObject, ownership: Pick<Ownership, 'isStep'>): boolean {
  const { name, namespace } = object.metadata;
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case '/Endpoints':
      return ownership.isStep(makeId('', 'Service', namespace, name));
    case '/Event':
    case 'events.k8s.io/Event':
    case 'coordination.k8s.io/Lease':
      return true;
    default:
      return isNamespaceDefault(idOf(object));
  }
}

/** @param cut kinds that have more objects than were read, with how many more */
function sorted(
  objects: readonly KubernetesObject[],
  ownership: Ownership,
  cut: readonly { kind: string; count: number }[],
): Omit<Inhabitants, 'notLooked' | 'resourceVersion'> {
  // Twice: a ReplicaSet may be read after its Pods.
  for (const object of objects) ownership.belongs(object);
  const beyond = cut.reduce((sum, { count }) => sum + count, 0);
  const known = new Set(objects.map(({ metadata }) => metadata.uid));
  const unsure = new Set(cut.map(({ kind }) => kind));
  // When all of its owners are gone the garbage collector is about to delete it.
  const isLeft = ({ metadata: { ownerReferences = [] } }: KubernetesObject) =>
    ownerReferences.length > 0 &&
    ownerReferences.every(({ uid, kind }) => builtInOwners.has(kind) && !known.has(uid) && !unsure.has(kind));
  const isLeaving = (object: KubernetesObject) =>
    object.metadata.deletionTimestamp !== undefined || ownership.belongs(object) || isLeft(object);
  const leaving = objects.filter(isLeaving);
  const staying = objects.filter((object) => !isLeaving(object));
  const [firstLeaving] = leaving.map(idOf);
  return {
    named: staying.map(idOf).sort().slice(0, mostNamed),
    // What was not read counts with those that stay if there are any; else it is on its way until a look shows
    // otherwise.
    count: staying.length === 0 ? 0 : staying.length + beyond,
    atLeast: beyond > 0,
    leaving: leaving.length + (staying.length === 0 ? beyond : 0),
    ...(firstLeaving && { firstLeaving }),
  };
}

/** Namespaced kinds that every API server serves and lists: an owner of them that was not read does not exist. */
const builtInOwners = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Service']);

function describeKind({ resource, group }: KindInfo): string {
  return group === '' ? resource : `${resource}.${group}`;
}
