/**
 * Jobs: Pods until enough have succeeded or too many failed. Each Pod carries the finalizer
 * `batch.kubernetes.io/job-tracking` until it is counted. A terminating Job makes no new Pods. A Pod that is deleted
 * before its end counts as failed.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { numberOf } from '../json.ts';
import { controlledBy, hasEnded, isActive, isTerminating, podFrom } from '../pods.ts';
import type { Claim } from './adoption.ts';
import { builtIn, by, deletePod, type Enqueue, type Environment, found, queueKey, workQueue } from './environment.ts';
import {
  completionsOf,
  isFinished,
  outcomeOf,
  statusOf,
  type Tally,
  tallyOf,
  untilDeadline,
  untilExpiry,
  untilReplacement,
} from './job-state.ts';

const key = 'jobs.batch';
const tracking = 'batch.kubernetes.io/job-tracking';

export function jobs(env: Environment, claim: Claim): void {
  const { store } = env.server;
  const add = workQueue(env, (queued) => {
    const job = found(env, key, queued);
    if (job === undefined) return;
    if (!isFinished(job)) {
      if (!isTerminating(job)) claim(job);
      sync(env, job, add);
    } else {
      for (const pod of tracked(env, job)) untrack(env, pod);
      expire(env, job, add);
    }
  });
  const orphaned = workQueue(env, (uid) => {
    const pod = store.byUid(uid)?.object;
    if (pod) untrack(env, pod);
  });
  env.on(key, ({ type, object }) => {
    if (type !== 'deleted') {
      add(queueKey(object));
      return;
    }
    // Nobody will count these Pods any more (`syncOrphanPod`).
    for (const pod of controlledBy(store, object, 'pods')) orphaned(pod.metadata.uid);
  });
  env.on('pods', ({ type, object }) => {
    const owner = controllerOf(object);
    if (owner?.kind !== 'Job') {
      if (type !== 'deleted' && object.metadata.finalizers?.includes(tracking)) orphaned(object.metadata.uid);
      return;
    }
    if (store.byUid(owner.uid)) add(`${object.metadata.namespace}/${owner.name}`);
    else if (type !== 'deleted') orphaned(object.metadata.uid);
  });
}

/** Counts the Pods that have ended, removes or makes others, and says so in the Job's status. */
function sync(env: Environment, job: Stored, add: Enqueue): void {
  const now = env.clock.now();
  const pods = controlledBy(env.server.store, job, 'pods');
  const ended = tracked(env, job).filter((pod) => hasEnded(pod) || isTerminating(pod));
  const tally = tallyOf(job, ended);
  const deadline = untilDeadline(job, now);
  if (deadline !== undefined && deadline > 0) add(queueKey(job), deadline);
  const outcome = outcomeOf(job, tally, now);
  const active = pods.filter(isActive);
  const stops = outcome !== undefined || fieldAt(job.spec, 'suspend') === true;
  if (stops) for (const pod of active) deletePod(env, pod);
  const store = (running: readonly Stored[]) =>
    env.server.updateStatus(builtIn(env, key), job, statusOf(job, { tally, outcome, pods, running }, now));
  try {
    store(stops ? [] : isTerminating(job) ? active : withMissing(env, job, active, tally, add));
  } catch (error) {
    // A Job whose Pods are refused has begun all the same, and its deadline runs.
    store(active);
    throw error;
  }
  for (const pod of ended) untrack(env, pod);
}

/** The active Pods and those that are made now, up to `parallelism`. */
function withMissing(env: Environment, job: Stored, active: Stored[], { succeeded, failed }: Tally, add: Enqueue): Stored[] {
  const wanted = Math.min(numberOf(fieldAt(job.spec, 'parallelism')) ?? 1, completionsOf(job) - succeeded);
  if (active.length >= wanted) return active;
  const wait = untilReplacement(controlledBy(env.server.store, job, 'pods'), failed, env.clock.now());
  if (wait > 0) {
    add(queueKey(job), wait);
    return active;
  }
  const made = Array.from({ length: wanted - active.length }, () => {
    const names = { generateName: `${job.metadata.name}-` };
    return env.server.create(podFrom(job, fieldAt(job.spec, 'template'), names, { finalizers: [tracking] }), by);
  });
  return [...active, ...made];
}

/** `ttlSecondsAfterFinished`. */
function expire(env: Environment, job: Stored, add: Enqueue): void {
  const wait = untilExpiry(job, env.clock.now());
  if (wait === undefined || isTerminating(job)) return;
  if (wait > 0) {
    add(queueKey(job), wait);
    return;
  }
  const { name, namespace = '', uid } = job.metadata;
  env.server.delete({ apiVersion: 'batch/v1', kind: 'Job', namespace, name }, { uid, propagation: 'Foreground' }, by.user);
}

/** The Pods that are not counted yet. */
function tracked(env: Environment, job: Stored): Stored[] {
  return controlledBy(env.server.store, job, 'pods').filter((pod) => pod.metadata.finalizers?.includes(tracking));
}

function untrack(env: Environment, pod: Stored): void {
  const finalizers = pod.metadata.finalizers?.filter((finalizer) => finalizer !== tracking) ?? [];
  if (finalizers.length === pod.metadata.finalizers?.length) return;
  env.server.update(builtIn(env, 'pods'), pod, { ...pod, metadata: { ...pod.metadata, finalizers } });
}
