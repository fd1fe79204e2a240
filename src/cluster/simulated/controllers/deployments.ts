/**
 * Deployments: a ReplicaSet for each Pod template, the newest scaled up as the others are scaled down. A terminating Deployment only tells its status;
 * who deletes Deployment and ReplicaSet at once may therefore see the ReplicaSet made anew in between.
 */
import { fieldAt, mapOf } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, mapsOf, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, controllerReference, hasEnded, isTerminating, sameTemplate } from '../pods.ts';
import { contentName } from '../random.ts';
import type { Claim } from './adoption.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const key = 'deployments.apps';
const setKey = 'replicasets.apps';
const hashLabel = 'pod-template-hash';

export function deployments(env: Environment, claim: Claim): void {
  const kind = builtIn(env, key);
  const setKind = builtIn(env, setKey);
  const { store } = env.server;
  /** When each Deployment last made progress, and with which counts. */
  const progress = new Map<string, Progress>();
  const by = { user: controllerManager, manager: 'kube-controller-manager' };
  const add = workQueue(env, (queued) => {
    const deployment = found(env, key, queued);
    if (deployment === undefined) return;
    if (!isTerminating(deployment)) {
      claim(deployment);
      rollOut(deployment);
    }
    tellStatus(deployment);
  });
  env.on(key, ({ type, object }) => type !== 'deleted' && add(queueKey(object)));
  env.on(setKey, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'Deployment') add(`${object.metadata.namespace}/${owner.name}`);
  });
  // A Recreate rollout waits for the last old Pod to be gone.
  env.on('pods', ({ type, object }) => {
    const owner = type === 'deleted' ? controllerOf(object) : undefined;
    const set = owner?.kind === 'ReplicaSet' ? store.byUid(owner.uid)?.object : undefined;
    const deployment = set && controllerOf(set);
    if (deployment) add(`${object.metadata.namespace}/${deployment.name}`);
  });

  function rollOut(deployment: Stored): void {
    const { spec } = deployment;
    const wanted = numberOf(fieldAt(spec, 'replicas')) ?? 1;
    const hash = contentName(mapOf(fieldAt(spec, 'template')));
    const sets = controlledBy(store, deployment, setKey);
    const newest = newestOf(deployment, sets);
    const old = sets.filter((set) => set !== newest);
    if (fieldAt(spec, 'paused') === true && newest === undefined) return;
    if (fieldAt(spec, 'strategy', 'type') === 'Recreate') {
      for (const set of old) scale(set, 0);
      if (old.some((set) => controlledBy(store, set, 'pods').some((pod) => !hasEnded(pod)))) return;
      if (newest) scale(newest, wanted);
      else make(deployment, hash, wanted);
      return;
    }
    const surge = portion(fieldAt(spec, 'strategy', 'rollingUpdate', 'maxSurge'), wanted, Math.ceil);
    const unavailable =
      portion(fieldAt(spec, 'strategy', 'rollingUpdate', 'maxUnavailable'), wanted, Math.floor) || (surge === 0 ? 1 : 0);
    const oldReplicas = old.reduce((sum, set) => sum + replicasOf(set), 0);
    const present = newest ? replicasOf(newest) : 0;
    const room = oldReplicas === 0 ? wanted : Math.max(present, Math.min(wanted, wanted + surge - oldReplicas));
    if (newest) scale(newest, room);
    else make(deployment, hash, room);
    if (oldReplicas === 0) return;
    const newAvailable = newest ? availableOf(newest) : 0;
    const newUnavailable = room - newAvailable;
    let excess = oldReplicas + room - (wanted - unavailable) - newUnavailable;
    for (const set of old.sort((one, other) => availableOf(one) - availableOf(other))) {
      // Replicas that are not available anyway are no loss.
      const spare = Math.max(replicasOf(set) - availableOf(set), Math.min(excess, replicasOf(set)));
      if (spare <= 0) continue;
      scale(set, replicasOf(set) - spare);
      excess -= spare;
    }
  }

  function make(deployment: Stored, hash: string, replicas: number): void {
    const template = fieldAt(deployment.spec, 'template') as Fields;
    const metadata = (template.metadata as Fields | undefined) ?? {};
    const labels = { ...(metadata.labels as Record<string, string> | undefined), [hashLabel]: hash };
    const { name, namespace = '', annotations } = deployment.metadata;
    const selector = (fieldAt(deployment.spec, 'selector') as Fields | undefined) ?? {};
    const matchLabels = { ...(selector.matchLabels as Fields | undefined), [hashLabel]: hash };
    const made = {
      ...annotations,
      'deployment.kubernetes.io/desired-replicas': String(replicas),
      'deployment.kubernetes.io/revision': '1',
    };
    env.server.create(
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels,
          annotations: made,
          ownerReferences: [controllerReference(deployment)],
        },
        spec: {
          replicas,
          ...(fieldAt(deployment.spec, 'minReadySeconds') !== undefined && {
            minReadySeconds: fieldAt(deployment.spec, 'minReadySeconds'),
          }),
          selector: { ...selector, matchLabels },
          template: { ...template, metadata: { ...metadata, labels } },
        },
      },
      by,
    );
  }

  function scale(set: Stored, replicas: number): void {
    if (replicasOf(set) === replicas || isTerminating(set)) return;
    env.server.update(setKind, set, { ...set, spec: { ...(set.spec as Fields), replicas } });
  }

  function tellStatus(deployment: Stored): void {
    const now = env.clock.now();
    const sets = controlledBy(store, deployment, setKey);
    const newest = newestOf(deployment, sets);
    const sum = (field: string, among = sets) =>
      among.reduce((total, set) => total + (numberOf(fieldAt(set.status, field)) ?? 0), 0);
    const wanted = numberOf(fieldAt(deployment.spec, 'replicas')) ?? 1;
    const replicas = sum('replicas');
    const available = sum('availableReplicas');
    const updatedReplicas = newest ? sum('replicas', [newest]) : 0;
    const surge = portion(fieldAt(deployment.spec, 'strategy', 'rollingUpdate', 'maxSurge'), wanted, Math.ceil);
    const unavailable =
      portion(fieldAt(deployment.spec, 'strategy', 'rollingUpdate', 'maxUnavailable'), wanted, Math.floor) ||
      (surge === 0 ? 1 : 0);
    const enough = available >= wanted - unavailable;
    const complete = updatedReplicas === wanted && replicas === wanted && available >= wanted;
    let status = withCondition({ status: deployment.status }, now, {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    });
    const progress = progressOf(deployment, newest, complete, updatedReplicas + available, now);
    if (progress) status = withCondition({ status }, now, progress);
    const { conditions } = status;
    env.server.updateStatus(kind, store.byUid(deployment.metadata.uid)?.object ?? deployment, {
      observedGeneration: deployment.metadata.generation,
      ...omitEmpty({
        replicas,
        updatedReplicas,
        readyReplicas: sum('readyReplicas'),
        availableReplicas: available,
        unavailableReplicas: Math.max(0, wanted - available),
        terminatingReplicas: sum('terminatingReplicas'),
      }),
      conditions,
    });
  }

  /** Progress is made while the counts change; without change for `progressDeadlineSeconds` it is given up. */
  function progressOf(deployment: Stored, newest: Stored | undefined, complete: boolean, count: number, now: number) {
    if (newest === undefined) return undefined;
    const name = `ReplicaSet "${newest.metadata.name}"`;
    const { uid } = deployment.metadata;
    if (complete) {
      progress.delete(uid);
      return {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `${name} has successfully progressed.`,
      };
    }
    const condition = mapsOf(fieldAt(deployment.status, 'conditions')).find(({ type }) => type === 'Progressing');
    const mark = `${newest.metadata.uid} ${count}`;
    const seen = progress.get(uid);
    const since = seen?.mark === mark ? seen.since : now;
    progress.set(uid, { mark, since });
    const deadlineMs = (numberOf(fieldAt(deployment.spec, 'progressDeadlineSeconds')) ?? 600) * 1000;
    if (now - since >= deadlineMs || (condition?.reason === 'ProgressDeadlineExceeded' && seen?.mark === mark)) {
      return {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `${name} has timed out progressing.`,
      };
    }
    add(queueKey(deployment), since + deadlineMs - now, 'retry');
    return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${name} is progressing.` };
  }
}

/** The ReplicaSet of the present template (`FindNewReplicaSet`). */
function newestOf(deployment: Stored, sets: Stored[]): Stored | undefined {
  const template = fieldAt(deployment.spec, 'template');
  return sets.find((set) => sameTemplate(fieldAt(set.spec, 'template'), template));
}

type Progress = { mark: string; since: number };

function replicasOf(set: Stored): number {
  return numberOf(fieldAt(set.spec, 'replicas')) ?? 0;
}

function availableOf(set: Stored): number {
  return numberOf(fieldAt(set.status, 'availableReplicas')) ?? 0;
}

/** A number, or a percentage of the wanted replicas. */
function portion(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.endsWith('%') ? round((Number.parseFloat(value) / 100) * of) : 0;
}
