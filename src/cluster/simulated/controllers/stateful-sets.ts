/**
 * StatefulSets: Pods by number, each with its own claims, in order unless told otherwise. A Pod's name is free again only when the old one is gone; a terminating
 * StatefulSet only tells its status. Claims are nobody's children and stay, unless `persistentVolumeClaimRetentionPolicy` makes them the set's or their Pods'.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import { type Fields, mapsOf, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, controllerReference, hasEnded, isActive, isAvailable, isReady, isTerminating, podFrom } from '../pods.ts';
import type { Claim } from './adoption.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';
import { currentRevision, revisionLabel } from './revisions.ts';

const key = 'statefulsets.apps';

export function statefulSets(env: Environment, claim: Claim): void {
  const kind = builtIn(env, key);
  const claimKind = builtIn(env, 'persistentvolumeclaims');
  const { store } = env.server;
  const by = { user: controllerManager, manager: 'kube-controller-manager' };
  const add = workQueue(env, (queued) => {
    const set = found(env, key, queued);
    if (set === undefined) return;
    if (!isTerminating(set)) claim(set);
    const revision = isTerminating(set) ? undefined : currentRevision(env, set);
    if (revision !== undefined) keepPods(set, revision);
    tellStatus(set, revision);
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on('pods', ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'StatefulSet') add(`${object.metadata.namespace}/${owner.name}`);
  });

  function keepPods(set: Stored, revision: string): void {
    const wanted = numberOf(fieldAt(set.spec, 'replicas')) ?? 1;
    const inOrder = fieldAt(set.spec, 'podManagementPolicy') !== 'Parallel';
    const pods = controlledBy(store, set, 'pods');
    for (const pod of pods) ownClaims(set, pod, ordinalOf(pod) >= wanted);
    for (let ordinal = 0; ordinal < wanted; ordinal++) {
      const pod = pods.find(({ metadata }) => metadata.name === `${set.metadata.name}-${ordinal}`);
      if (pod === undefined) create(set, ordinal, revision);
      else if (hasEnded(pod) && !isTerminating(pod)) remove(pod);
      if (inOrder && (pod === undefined || !isReady(pod) || isTerminating(pod))) return;
    }
    const surplus = pods
      .filter((pod) => ordinalOf(pod) >= wanted && !isTerminating(pod))
      .sort((one, other) => ordinalOf(other) - ordinalOf(one));
    for (const pod of inOrder ? surplus.slice(0, 1) : surplus) remove(pod);
    if (surplus.length > 0 || fieldAt(set.spec, 'updateStrategy', 'type') === 'OnDelete') return;
    const outdated = pods
      .filter((pod) => pod.metadata.labels?.[revisionLabel] !== `${set.metadata.name}-${revision}`)
      .sort((one, other) => ordinalOf(other) - ordinalOf(one));
    const [next] = outdated;
    if (next && pods.every((pod) => isReady(pod) && !isTerminating(pod))) remove(next);
  }

  /** `UpdateClaimOwnerRefForSetAndPod`. */
  function ownClaims(set: Stored, pod: Stored, isSurplus: boolean): void {
    const policy = fieldAt(set.spec, 'persistentVolumeClaimRetentionPolicy');
    const owner =
      isSurplus && fieldAt(policy, 'whenScaled') === 'Delete'
        ? pod
        : fieldAt(policy, 'whenDeleted') === 'Delete'
          ? set
          : undefined;
    for (const template of mapsOf(fieldAt(set.spec, 'volumeClaimTemplates'))) {
      const name = `${String(fieldAt(template, 'metadata', 'name'))}-${pod.metadata.name}`;
      const claim = store.get('persistentvolumeclaims', set.metadata.namespace, name);
      if (claim === undefined || isTerminating(claim)) continue;
      const owners = claim.metadata.ownerReferences ?? [];
      if (owners.some(({ uid }) => uid === owner?.metadata.uid) || (owner === undefined && owners.length === 0)) continue;
      const others = owners.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
      const ownerReferences = owner ? [...others, controllerReference(owner)] : others;
      const { ownerReferences: _, ...metadata } = claim.metadata;
      env.server.update(claimKind, claim, {
        ...claim,
        metadata: ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata,
      });
    }
  }

  function create(set: Stored, ordinal: number, revision: string): void {
    const name = `${set.metadata.name}-${ordinal}`;
    const claims = mapsOf(fieldAt(set.spec, 'volumeClaimTemplates'));
    const volumes = claims.map((claim) => {
      const template = String(fieldAt(claim, 'metadata', 'name'));
      const claimName = `${template}-${name}`;
      if (!store.get('persistentvolumeclaims', set.metadata.namespace, claimName)) {
        const metadata = { ...(claim.metadata as Fields), name: claimName, namespace: set.metadata.namespace ?? '' };
        env.server.create(
          { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim.spec } as KubernetesObject,
          by,
        );
      }
      return { name: template, persistentVolumeClaim: { claimName } };
    });
    const others = mapsOf(fieldAt(set.spec, 'template', 'spec', 'volumes'));
    const labels = {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [revisionLabel]: `${set.metadata.name}-${revision}`,
    };
    const spec = volumes.length > 0 ? { volumes: [...others, ...volumes] } : {};
    env.server.create(podFrom(set, fieldAt(set.spec, 'template'), { name }, { labels, spec }), by);
  }

  function remove({ metadata }: Stored): void {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name };
    env.server.delete(ref, { uid: metadata.uid }, controllerManager);
  }

  function tellStatus(set: Stored, revision: string | undefined): void {
    const now = env.clock.now();
    const pods = controlledBy(store, set, 'pods');
    const ready = pods.filter((pod) => isActive(pod) && isReady(pod));
    const available = ready.filter((pod) => isAvailable(pod, fieldAt(set.spec, 'minReadySeconds'), now));
    const { name } = set.metadata;
    const current = revision === undefined ? fieldAt(set.status, 'updateRevision') : `${name}-${revision}`;
    const upToDate = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === current && !isTerminating(pod)).length;
    const settled = upToDate === pods.length && pods.length === (numberOf(fieldAt(set.spec, 'replicas')) ?? 1);
    env.server.updateStatus(kind, store.byUid(set.metadata.uid)?.object ?? set, {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      availableReplicas: available.length,
      ...omitEmpty({ readyReplicas: ready.length, currentReplicas: upToDate, updatedReplicas: upToDate }),
      currentRevision: settled ? current : (fieldAt(set.status, 'currentRevision') ?? current),
      updateRevision: current,
      collisionCount: 0,
    });
  }
}

function ordinalOf({ metadata }: Stored): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}
