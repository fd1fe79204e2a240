/**
 * StatefulSets: Pods by number, each with its own claims, in order unless told otherwise. A Pod's name is free again
 * only when the old one is gone; a terminating StatefulSet only tells its status. Claims are nobody's children and
 * stay, unless `persistentVolumeClaimRetentionPolicy` makes them the set's or their Pods'.
 */
import { fieldAt, textMapOf } from '../../../objects/fields.ts';
import type { KubernetesObject, OwnerReference } from '../../../objects/object.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { type Fields, mapsOf, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, controllerReference, hasEnded, isActive, isAvailable, isReady, isTerminating, podFrom } from '../pods.ts';
import type { Claim } from './adoption.ts';
import { builtIn, by, deletePod, type Environment, found, queueKey, workQueue } from './environment.ts';
import { currentRevision, revisionLabel } from './revisions.ts';

const key = 'statefulsets.apps';
const claimKey = 'persistentvolumeclaims';

export function statefulSets(env: Environment, claim: Claim): void {
  const add = workQueue(env, (queued) => {
    const set = found(env, key, queued);
    if (set === undefined) return;
    if (!isTerminating(set)) claim(set);
    const revision = isTerminating(set) ? undefined : currentRevision(env, set);
    if (revision !== undefined) keepPods(env, set, revision);
    tellStatus(env, set, revision);
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on('pods', ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'StatefulSet') add(`${object.metadata.namespace}/${owner.name}`);
  });
}

function keepPods(env: Environment, set: Stored, revision: string): void {
  const wanted = wantedOf(set);
  const pods = controlledBy(env.server.store, set, 'pods');
  for (const pod of pods) ownClaims(env, set, pod, ordinalOf(pod) >= wanted);
  if (!fill(env, set, revision, pods)) return;
  const inOrder = isInOrder(set);
  const surplus = pods.filter((pod) => ordinalOf(pod) >= wanted && !isTerminating(pod)).sort(byOrdinal);
  for (const pod of inOrder ? surplus.slice(0, 1) : surplus) deletePod(env, pod);
  if (surplus.length > 0 || fieldAt(set.spec, 'updateStrategy', 'type') === 'OnDelete') return;
  const [next] = pods.filter((pod) => !isOfRevision(set, pod, revision)).sort(byOrdinal);
  if (next && pods.every((pod) => isReady(pod) && !isTerminating(pod))) deletePod(env, next);
}

/**
 * Makes what is missing and replaces what has ended.
 * @returns whether one may go on: in order, each Pod waits until the one before it is ready
 */
function fill(env: Environment, set: Stored, revision: string, pods: readonly Stored[]): boolean {
  const inOrder = isInOrder(set);
  for (let ordinal = 0; ordinal < wantedOf(set); ordinal++) {
    const pod = pods.find(({ metadata }) => metadata.name === `${set.metadata.name}-${ordinal}`);
    if (pod === undefined) create(env, set, ordinal, revision);
    else if (hasEnded(pod) && !isTerminating(pod)) deletePod(env, pod);
    if (inOrder && (pod === undefined || !isReady(pod) || isTerminating(pod))) return false;
  }
  return true;
}

/** `UpdateClaimOwnerRefForSetAndPod`. */
function ownClaims(env: Environment, set: Stored, pod: Stored, isSurplus: boolean): void {
  const owner = claimOwnerOf(set, pod, isSurplus);
  for (const template of mapsOf(fieldAt(set.spec, 'volumeClaimTemplates'))) {
    const claim = env.server.store.get(claimKey, set.metadata.namespace, claimNameOf(template, pod.metadata.name));
    if (claim === undefined || isTerminating(claim)) continue;
    const ownerReferences = ownersOfClaim(claim, [set, pod], owner);
    if (ownerReferences === undefined) continue;
    const { ownerReferences: _, ...metadata } = claim.metadata;
    env.server.update(builtIn(env, claimKey), claim, {
      ...claim,
      metadata: ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata,
    });
  }
}

/** Whose child a claim of this Pod is to be, by `persistentVolumeClaimRetentionPolicy`. */
function claimOwnerOf(set: Stored, pod: Stored, isSurplus: boolean): Stored | undefined {
  const policy = fieldAt(set.spec, 'persistentVolumeClaimRetentionPolicy');
  if (isSurplus && fieldAt(policy, 'whenScaled') === 'Delete') return pod;
  return fieldAt(policy, 'whenDeleted') === 'Delete' ? set : undefined;
}

/**
 * The claim's owners as they are to be; undefined when they are so already. @param ours who may own it, and is replaced
 */
function ownersOfClaim(claim: Stored, ours: Stored[], owner: Stored | undefined): OwnerReference[] | undefined {
  const owners = claim.metadata.ownerReferences ?? [];
  if (owner ? owners.some(({ uid }) => uid === owner.metadata.uid) : owners.length === 0) return undefined;
  const others = owners.filter(({ uid }) => ours.every(({ metadata }) => metadata.uid !== uid));
  return owner ? [...others, controllerReference(owner)] : others;
}

function create(env: Environment, set: Stored, ordinal: number, revision: string): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const volumes = mapsOf(fieldAt(set.spec, 'volumeClaimTemplates')).map((claim) => claimed(env, set, claim, name));
  const others = mapsOf(fieldAt(set.spec, 'template', 'spec', 'volumes'));
  const labels = {
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [revisionLabel]: `${set.metadata.name}-${revision}`,
  };
  const spec = volumes.length > 0 ? { volumes: [...others, ...volumes] } : {};
  env.server.create(podFrom(set, fieldAt(set.spec, 'template'), { name }, { labels, spec }), by);
}

/** The volume of one claim of a Pod; the claim is made where it is not there from an earlier Pod of that name. */
function claimed(env: Environment, set: Stored, template: Fields, podName: string): Fields {
  const claimName = claimNameOf(template, podName);
  if (!env.server.store.get(claimKey, set.metadata.namespace, claimName)) {
    const given = template.metadata as Fields;
    // `getPersistentVolumeClaims`: the labels that the set selects its Pods by, over those of the template.
    const labels = { ...textMapOf(given.labels), ...textMapOf(fieldAt(set.spec, 'selector', 'matchLabels')) };
    const metadata = { ...given, labels, name: claimName, namespace: set.metadata.namespace ?? '' };
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: template.spec } as KubernetesObject;
    env.server.create(claim, by);
  }
  return { name: String(fieldAt(template, 'metadata', 'name')), persistentVolumeClaim: { claimName } };
}

function tellStatus(env: Environment, set: Stored, revision: string | undefined): void {
  const now = env.clock.now();
  const { store } = env.server;
  const pods = controlledBy(store, set, 'pods');
  const ready = pods.filter((pod) => isActive(pod) && isReady(pod));
  const available = ready.filter((pod) => isAvailable(pod, fieldAt(set.spec, 'minReadySeconds'), now));
  const current = revision === undefined ? fieldAt(set.status, 'updateRevision') : `${set.metadata.name}-${revision}`;
  const upToDate = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === current && !isTerminating(pod)).length;
  const settled = upToDate === pods.length && pods.length === wantedOf(set);
  env.server.updateStatus(builtIn(env, key), store.byUid(set.metadata.uid)?.object ?? set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    availableReplicas: available.length,
    ...omitEmpty({ readyReplicas: ready.length, currentReplicas: upToDate, updatedReplicas: upToDate }),
    currentRevision: settled ? current : (fieldAt(set.status, 'currentRevision') ?? current),
    updateRevision: current,
    collisionCount: 0,
  });
}

/** How many Pods it is to have. */
function wantedOf(set: Stored): number {
  return numberOf(fieldAt(set.spec, 'replicas')) ?? 1;
}

function isInOrder(set: Stored): boolean {
  return fieldAt(set.spec, 'podManagementPolicy') !== 'Parallel';
}

function isOfRevision(set: Stored, pod: Stored, revision: string): boolean {
  return pod.metadata.labels?.[revisionLabel] === `${set.metadata.name}-${revision}`;
}

function claimNameOf(template: Fields, podName: string): string {
  return `${String(fieldAt(template, 'metadata', 'name'))}-${podName}`;
}

/** The last Pod first. */
function byOrdinal(one: Stored, other: Stored): number {
  return ordinalOf(other) - ordinalOf(one);
}

function ordinalOf({ metadata }: Stored): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}
