/**
 * What targets that are gone already have left behind. A custom resource may go a moment before the hook looks (a
 * person took its last finalizer away between two tries), and the garbage collector then needs seconds for what it
 * owned: to say "nothing to delete" would take the operator and the rights away from Pods that are still stopping.
 *
 * Two traces are left. What the target owned itself names it, with its UID, as its owner. Further down the chain
 * (Deployment, ReplicaSet, Pod) each level goes before the next, and a Pod's last trace is a controller that does not
 * exist: whose it was cannot be known any more, so such Pods are waited for in the namespaces in question, and never
 * deleted by us.
 */
import { inTurns } from '../../cluster/in-turns.ts';
import type { Cluster, KindInfo } from '../../cluster/port.ts';
import { isCode } from '../../errors.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef, OwnerReference } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import { isCustomResource, podKind, workloadKinds } from '../../teardown/kinds.ts';
import type { Resolved } from './select.ts';

export type VanishedOwners = {
  /**
   * Targets that do not exist, as far as their owner references tell of them: kind, namespace, name and UID. By
   * selection.
   */
  owners: KubernetesObject[][];
  /** Pods whose controller does not exist. */
  pods: KubernetesObject[];
};

/** Where nothing was looked for, or nothing was found. */
export const noVanishedOwners: VanishedOwners = { owners: [], pods: [] };

type Kind = Pick<ObjectRef, 'apiVersion' | 'kind'>;
type Where = { namespace?: string };

/**
 * Reads only. Kinds that may not be listed are passed over: what the target owned is mostly a workload, and those a
 * hook may always list.
 * @param namespace where Pods without a controller are waited for: that of the release, or of the context
 */
export async function findVanishedOwners(
  cluster: Cluster,
  resolved: readonly Resolved[],
  namespace: string,
): Promise<VanishedOwners> {
  const searched = resolved.filter(({ kind, selection }) => isCustomResource(kind) && selection.absent === 'fine');
  if (searched.length === 0) return { owners: resolved.map(() => []), pods: [] };
  const places = placesOf(searched, namespace);
  // Pods first: whatever they name as their owner was there before them, and is on the lists that follow if it still
  // lives.
  const pods = await listAll(cluster, [podKind], places);
  const kinds = [...workloadKinds, ...(await customKinds(cluster))];
  const others = await listAll(cluster, kinds, places);
  const dependents = [...pods.objects, ...others.objects];
  const owners = await inTurns(4, resolved, (each) =>
    searched.includes(each) ? goneOwners(cluster, each, dependents) : Promise.resolve([]),
  );
  const wanted = new Set([namespace, ...owners.flat().flatMap((owner) => owner.metadata.namespace ?? [])]);
  const here = pods.objects.filter((pod) => wanted.has(pod.metadata.namespace ?? ''));
  return { owners, pods: here.filter((pod) => hasLostItsController(pod, others)) };
}

/** All namespaces where a target can be anywhere. */
function placesOf(searched: readonly Resolved[], namespace: string): Where[] {
  if (searched.some((each) => each.namespace === undefined)) return [{}];
  return [...new Set([namespace, ...searched.flatMap((each) => each.namespace ?? [])])].map((each) => ({ namespace: each }));
}

async function customKinds(cluster: Cluster): Promise<KindInfo[]> {
  const { kinds } = await cluster.kinds();
  return kinds.filter((kind) => isCustomResource(kind) && kind.verbs.includes('list'));
}

type Listed = { objects: KubernetesObject[]; forbidden: ReadonlySet<string> };

async function listAll(cluster: Cluster, kinds: readonly Kind[], places: readonly Where[]): Promise<Listed> {
  const forbidden = new Set<string>();
  const queries = kinds.flatMap((kind) => places.map((place) => ({ apiVersion: kind.apiVersion, kind: kind.kind, ...place })));
  const lists = await inTurns(8, queries, async (query) => {
    try {
      return (await cluster.list({ ...query, metadataOnly: true })).items;
    } catch (error) {
      if (!isCode(error, 'not-found', 'forbidden', 'unreachable', 'invalid')) throw error;
      forbidden.add(keyOf(query));
      return [];
    }
  });
  return { objects: lists.flat(), forbidden };
}

/**
 * Owners of the target's kind that are named by something and do not exist: asked one by one, as they may have come
 * after the look at them.
 */
async function goneOwners(
  cluster: Cluster,
  { kind, selection, namespace }: Resolved,
  dependents: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  // Anybody may write a reference to a target that never was, with the UID of something that lives.
  const living = new Set(dependents.map((dependent) => dependent.metadata.uid));
  const isTarget = (owner: OwnerReference) =>
    !living.has(owner.uid) && isOfKind(owner, kind) && (selection.names?.includes(owner.name) ?? true);
  const references = dependents
    .filter((dependent) => namespace === undefined || dependent.metadata.namespace === namespace)
    .flatMap(({ metadata: { namespace: home, ownerReferences = [] } }) =>
      ownerReferences.filter(isTarget).map(({ name, uid }): [string, KubernetesObject] => {
        const place = kind.namespaced && home ? { namespace: home } : {};
        return [uid, { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, uid, ...place } }];
      }),
    );
  const named = new Map(references);
  const gone = await inTurns(8, [...named.values()], async (owner) => {
    const { uid, ...metadata } = owner.metadata;
    const now = await cluster.get({ apiVersion: owner.apiVersion, kind: owner.kind, ...metadata });
    return now?.metadata.uid === uid ? [] : [owner];
  });
  return gone.flat();
}

function isOfKind(owner: OwnerReference, kind: KindInfo): boolean {
  return owner.kind === kind.kind && groupOf(owner.apiVersion) === groupOf(kind.apiVersion);
}

/**
 * True when the chain of its controllers ends in a built-in workload that does not exist. What may not be listed counts
 * as living.
 */
function hasLostItsController(pod: KubernetesObject, { objects, forbidden }: Listed): boolean {
  const known = new Map(objects.map((object) => [object.metadata.uid, object]));
  const climbed = new Set<string>();
  let owner = controllerOf(pod);
  while (owner && !climbed.has(owner.uid)) {
    climbed.add(owner.uid);
    const found = known.get(owner.uid);
    if (!found) return isListedWorkload(owner, forbidden);
    owner = controllerOf(found);
  }
  return false;
}

function isListedWorkload(owner: OwnerReference, forbidden: ReadonlySet<string>): boolean {
  const kind = workloadKinds.find((each) => each.kind === owner.kind && groupOf(each.apiVersion) === groupOf(owner.apiVersion));
  return kind !== undefined && !forbidden.has(keyOf(kind));
}

function keyOf({ apiVersion, kind }: Kind): string {
  return `${apiVersion}/${kind}`;
}
