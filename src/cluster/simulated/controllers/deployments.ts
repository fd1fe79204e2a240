/**
 * Deployments: a ReplicaSet for each Pod template, the newest scaled up as the others are scaled down. A terminating
 * Deployment only tells its status; who deletes Deployment and ReplicaSet at once may therefore see the ReplicaSet made
 * anew in between.
 */
import { fieldAt, mapOf, textMapOf } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, controllerReference, hasEnded, isTerminating, sameTemplate } from '../pods.ts';
import { contentName } from '../random.ts';
import type { Claim } from './adoption.ts';
import { builtIn, by, type Enqueue, type Environment, found, queueKey, workQueue } from './environment.ts';
import { limitsOf, nextScalings, type ReplicaSets, replicasOf } from './rollout.ts';
import { RolloutProgress } from './rollout-progress.ts';

const key = 'deployments.apps';
const setKey = 'replicasets.apps';
const hashLabel = 'pod-template-hash';

export function deployments(env: Environment, claim: Claim): void {
  const { store } = env.server;
  const progress = new RolloutProgress();
  const add = workQueue(env, (queued) => {
    const deployment = found(env, key, queued);
    if (deployment === undefined) return;
    if (!isTerminating(deployment)) {
      claim(deployment);
      rollOut(env, deployment);
    }
    tellStatus(env, deployment, progress, add);
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
}

function rollOut(env: Environment, deployment: Stored): void {
  const { store } = env.server;
  const sets = setsOf(env, deployment);
  const oldPodsRun = () => sets.old.some((set) => controlledBy(store, set, 'pods').some((pod) => !hasEnded(pod)));
  for (const { set, replicas } of nextScalings(deployment, sets, oldPodsRun)) {
    if (set) scale(env, set, replicas);
    else env.server.create(replicaSetFor(deployment, replicas), by);
  }
}

function scale(env: Environment, set: Stored, replicas: number): void {
  if (replicasOf(set) === replicas || isTerminating(set)) return;
  env.server.update(builtIn(env, setKey), set, { ...set, spec: { ...(set.spec as Fields), replicas } });
}

/** The ReplicaSet of the present template (`FindNewReplicaSet`), and the others. */
function setsOf(env: Environment, deployment: Stored): ReplicaSets {
  const sets = controlledBy(env.server.store, deployment, setKey);
  const template = fieldAt(deployment.spec, 'template');
  const newest = sets.find((set) => sameTemplate(fieldAt(set.spec, 'template'), template));
  return { newest, old: sets.filter((set) => set !== newest) };
}

/** A new ReplicaSet of the present template. */
function replicaSetFor(deployment: Stored, replicas: number): KubernetesObject {
  const { name, namespace = '', annotations } = deployment.metadata;
  const template = mapOf(fieldAt(deployment.spec, 'template'));
  const hash = contentName(template);
  const metadata = mapOf(template.metadata);
  const labels = { ...textMapOf(metadata.labels), [hashLabel]: hash };
  const selector = mapOf(fieldAt(deployment.spec, 'selector'));
  const minReadySeconds = fieldAt(deployment.spec, 'minReadySeconds');
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...annotations,
        'deployment.kubernetes.io/desired-replicas': String(replicas),
        'deployment.kubernetes.io/revision': '1',
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...mapOf(selector.matchLabels), [hashLabel]: hash } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

function tellStatus(env: Environment, deployment: Stored, progress: RolloutProgress, add: Enqueue): void {
  const now = env.clock.now();
  const { newest, old } = setsOf(env, deployment);
  const counts = countsOf(newest, old);
  const { wanted, unavailable } = limitsOf(deployment);
  const enough = counts.availableReplicas >= wanted - unavailable;
  const complete = counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas >= wanted;
  let status = withCondition({ status: deployment.status }, now, {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  });
  if (newest) {
    const count = counts.updatedReplicas + counts.availableReplicas;
    const { condition, againAfterMs } = progress.judge({ deployment, newest, complete, count }, now);
    status = withCondition({ status }, now, condition);
    if (againAfterMs !== undefined) add(queueKey(deployment), againAfterMs, 'retry');
  }
  const current = env.server.store.byUid(deployment.metadata.uid)?.object ?? deployment;
  env.server.updateStatus(builtIn(env, key), current, {
    observedGeneration: deployment.metadata.generation,
    ...omitEmpty({ ...counts, unavailableReplicas: Math.max(0, wanted - counts.availableReplicas) }),
    conditions: status.conditions,
  });
}

function countsOf(newest: Stored | undefined, old: Stored[]) {
  const sets = newest ? [newest, ...old] : old;
  const sum = (field: string) => sets.reduce((total, set) => total + (numberOf(fieldAt(set.status, field)) ?? 0), 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: numberOf(fieldAt(newest?.status, 'replicas')) ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
    terminatingReplicas: sum('terminatingReplicas'),
  };
}
