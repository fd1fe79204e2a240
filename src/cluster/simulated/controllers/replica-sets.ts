/**
 * ReplicaSets keep their number of Pods. A terminating ReplicaSet makes and deletes none but goes on
 * telling its status; the ReplicaSet of a terminating Deployment is not terminating itself and heals its Pods as ever.
 */
import { BookendError } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, isActive, isAvailable, isReady, isTerminating, podFrom } from '../pods.ts';
import type { Claim } from './adoption.ts';
import { builtIn, by, deletePod, type Environment, found, queueKey, workQueue } from './environment.ts';

const key = 'replicasets.apps';

export function replicaSets(env: Environment, claim: Claim): void {
  const kind = builtIn(env, key);
  const add = workQueue(env, (queued) => {
    const replicaSet = found(env, key, queued);
    if (replicaSet === undefined) return;
    if (!isTerminating(replicaSet)) claim(replicaSet);
    const failure = isTerminating(replicaSet) ? undefined : scale(replicaSet);
    tellStatus(replicaSet, failure);
    if (failure) throw failure;
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on('pods', ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'ReplicaSet') add(`${object.metadata.namespace}/${owner.name}`);
  });

  function scale(replicaSet: Stored): BookendError | undefined {
    const active = controlledBy(env.server.store, replicaSet, 'pods').filter(isActive);
    const wanted = numberOf(fieldAt(replicaSet.spec, 'replicas')) ?? 1;
    try {
      for (let count = active.length; count < wanted; count++) {
        const pod = podFrom(replicaSet, fieldAt(replicaSet.spec, 'template'), { generateName: `${replicaSet.metadata.name}-` });
        env.server.create(pod, by);
      }
    } catch (error) {
      if (error instanceof BookendError) return error;
      throw error;
    }
    for (const pod of active.sort(leastUsefulFirst).slice(0, Math.max(0, active.length - wanted))) deletePod(env, pod);
    return undefined;
  }

  function tellStatus(replicaSet: Stored, failure: BookendError | undefined): void {
    const now = env.clock.now();
    const all = controlledBy(env.server.store, replicaSet, 'pods');
    const active = all.filter(isActive);
    const minReadySeconds = numberOf(fieldAt(replicaSet.spec, 'minReadySeconds')) ?? 0;
    const ready = active.filter(isReady).length;
    const available = active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length;
    if (available < ready) add(queueKey(replicaSet), minReadySeconds * 1000);
    const { conditions: _, ...before } = (replicaSet.status as Fields | undefined) ?? {};
    const failed =
      failure &&
      withCondition({ status: replicaSet.status }, now, {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: failure.message,
      });
    const current = env.server.store.byUid(replicaSet.metadata.uid)?.object ?? replicaSet;
    const counts = {
      fullyLabeledReplicas: active.length,
      readyReplicas: ready,
      availableReplicas: available,
      terminatingReplicas: all.filter(isTerminating).length,
    };
    for (const field of Object.keys(counts)) delete before[field];
    env.server.updateStatus(kind, current, {
      ...before,
      replicas: active.length,
      ...omitEmpty(counts),
      observedGeneration: replicaSet.metadata.generation,
      ...(failed && { conditions: failed.conditions }),
    });
  }
}

/** Unscheduled, then unready, then young Pods go first (`controller.ActivePodsWithRanks`). */
function leastUsefulFirst(one: Stored, other: Stored): number {
  const rank = (pod: Stored) => (fieldAt(pod.spec, 'nodeName') === undefined ? 0 : isReady(pod) ? 2 : 1);
  return rank(one) - rank(other) || (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1);
}
