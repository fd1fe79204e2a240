/**
 * Jobs: Pods until enough have succeeded or too many failed. Each Pod carries the finalizer `batch.kubernetes.io/job-tracking` until it is counted. A terminating Job
 * makes no new Pods. A Pod that is deleted before its end counts as failed.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import { condition, withCondition } from '../conditions.ts';
import { type Fields, numberOf, omitEmpty } from '../json.ts';
import { controlledBy, hasEnded, isActive, isReady, isTerminating, podFrom } from '../pods.ts';
import { timestamp } from '../timestamp.ts';
import type { Claim } from './adoption.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const key = 'jobs.batch';
const tracking = 'batch.kubernetes.io/job-tracking';
/** The wait before a failed Pod is replaced; doubled with each failure. */
const firstBackoffMs = 10_000;

export function jobs(env: Environment, claim: Claim): void {
  const kind = builtIn(env, key);
  const podKind = builtIn(env, 'pods');
  const { store } = env.server;
  const add = workQueue(env, (queued) => {
    const job = found(env, key, queued);
    if (job === undefined) return;
    if (!isFinished(job)) {
      if (!isTerminating(job)) claim(job);
      sync(job);
    } else {
      for (const pod of tracked(job)) untrack(pod);
      expire(job);
    }
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
  const orphaned = workQueue(env, (uid) => {
    const pod = store.byUid(uid)?.object;
    if (pod) untrack(pod);
  });

  function sync(job: Stored): void {
    const now = env.clock.now();
    const pods = controlledBy(store, job, 'pods');
    const ended = tracked(job).filter((pod) => hasEnded(pod) || isTerminating(pod));
    const succeeded =
      (numberOf(fieldAt(job.status, 'succeeded')) ?? 0) +
      ended.filter((pod) => fieldAt(pod.status, 'phase') === 'Succeeded').length;
    const failed =
      (numberOf(fieldAt(job.status, 'failed')) ?? 0) + ended.filter((pod) => fieldAt(pod.status, 'phase') !== 'Succeeded').length;
    const active = pods.filter(isActive);
    const startTime = fieldAt(job.status, 'startTime') ?? timestamp(now);
    const completions = numberOf(fieldAt(job.spec, 'completions')) ?? 1;
    const deadline = numberOf(fieldAt(job.spec, 'activeDeadlineSeconds'));
    const suspended = fieldAt(job.spec, 'suspend') === true;
    const late = deadline !== undefined && Date.parse(String(startTime)) + deadline * 1000 <= now;
    if (deadline !== undefined && !late) add(queueKey(job), Date.parse(String(startTime)) + deadline * 1000 - now);

    let running = active;
    let outcome: { type: 'Complete' | 'Failed'; reason: string; message: string } | undefined;
    if (succeeded >= completions)
      outcome = { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
    else if (failed > (numberOf(fieldAt(job.spec, 'backoffLimit')) ?? 6))
      outcome = { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    else if (late)
      outcome = { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    if (outcome || suspended) {
      for (const pod of active) remove(pod);
      running = [];
    } else if (!isTerminating(job)) running = start(job, active, completions - succeeded, failed, now);

    let status: Fields = {
      ...(job.status as Fields | undefined),
      startTime,
      ...omitEmpty({ succeeded, failed }),
      ready: running.filter(isReady).length,
      terminating: pods.filter((pod) => isTerminating(pod) && !hasEnded(pod)).length,
    };
    delete status.active;
    if (running.length > 0) status.active = running.length;
    if (outcome) {
      const early = outcome.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
      status = withCondition({ status }, now, { ...outcome, type: early, status: 'True' });
      status = withCondition({ status }, now, { ...outcome, status: 'True' });
      if (outcome.type === 'Complete') status.completionTime = timestamp(now);
    }
    env.server.updateStatus(kind, job, status);
    for (const pod of ended) untrack(pod);
  }

  function start(job: Stored, active: Stored[], missing: number, failed: number, now: number): Stored[] {
    const wanted = Math.min(numberOf(fieldAt(job.spec, 'parallelism')) ?? 1, missing);
    if (active.length >= wanted) return active;
    if (failed > 0) {
      const lastEnd = Math.max(...controlledBy(store, job, 'pods').filter(hasEnded).map(endOf), 0);
      const wait = lastEnd + firstBackoffMs * 2 ** (failed - 1) - now;
      if (wait > 0) {
        add(queueKey(job), wait);
        return active;
      }
    }
    const made: Stored[] = [];
    for (let count = active.length; count < wanted; count++) {
      const pod = podFrom(
        job,
        fieldAt(job.spec, 'template'),
        { generateName: `${job.metadata.name}-` },
        { finalizers: [tracking] },
      );
      made.push(env.server.create(pod, { user: controllerManager, manager: 'kube-controller-manager' }));
    }
    return [...active, ...made];
  }

  /** `ttlSecondsAfterFinished`. */
  function expire(job: Stored): void {
    const seconds = numberOf(fieldAt(job.spec, 'ttlSecondsAfterFinished'));
    if (seconds === undefined || isTerminating(job)) return;
    const end = Date.parse(String((condition(job, 'Complete') ?? condition(job, 'Failed'))?.lastTransitionTime));
    const wait = end + seconds * 1000 - env.clock.now();
    if (wait > 0) {
      add(queueKey(job), wait);
      return;
    }
    const { name, namespace = '', uid } = job.metadata;
    env.server.delete(
      { apiVersion: 'batch/v1', kind: 'Job', namespace, name },
      { uid, propagation: 'Foreground' },
      controllerManager,
    );
  }

  function tracked(job: Stored): Stored[] {
    return controlledBy(store, job, 'pods').filter((pod) => pod.metadata.finalizers?.includes(tracking));
  }

  function untrack(pod: Stored): void {
    const finalizers = pod.metadata.finalizers?.filter((finalizer) => finalizer !== tracking) ?? [];
    if (finalizers.length === pod.metadata.finalizers?.length) return;
    env.server.update(podKind, pod, { ...pod, metadata: { ...pod.metadata, finalizers } });
  }

  function remove({ metadata }: Stored): void {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: metadata.namespace ?? '', name: metadata.name };
    env.server.delete(ref, { uid: metadata.uid }, controllerManager);
  }
}

function isFinished(job: Stored): boolean {
  return condition(job, 'Complete')?.status === 'True' || condition(job, 'Failed')?.status === 'True';
}

function endOf(pod: Stored): number {
  return Date.parse(String(condition(pod, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp));
}
