/**
 * CronJobs: a Job at each time of the schedule, as long as the CronJob is neither suspended nor terminating, and no
 * more finished Jobs than its history keeps.
 *
 * Simplified: times missed while the cluster did not run are not made up for; `timeZone` is read as UTC.
 */
import { isTrue } from '../../../objects/conditions.ts';
import { fieldAt, isMap } from '../../../objects/fields.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Stored } from '../api/store.ts';
import { controllerNamed } from '../api/user.ts';
import { type Fields, numberOf } from '../json.ts';
import { controlledBy, controllerReference, isTerminating } from '../pods.ts';
import { timestamp } from '../timestamp.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';
import { isFinished } from './job-state.ts';
import { nextTime } from './schedule.ts';

const key = 'cronjobs.batch';
const jobKey = 'jobs.batch';
const jobType = { apiVersion: 'batch/v1', kind: 'Job' };
const by = { user: controllerNamed('cronjob-controller'), manager: 'kube-controller-manager' };

export function cronJobs(env: Environment): void {
  const kind = builtIn(env, key);
  const { server, clock } = env;
  const { store } = server;
  const due = new Map<string, { at: number; cancel: () => void }>();
  const add = workQueue(env, (queued) => {
    const cronJob = found(env, key, queued);
    if (cronJob === undefined || isTerminating(cronJob)) {
      due.get(queued)?.cancel();
      due.delete(queued);
      return;
    }
    const jobs = controlledBy(store, cronJob, jobKey);
    const running = jobs.filter((job) => !isFinished(job));
    tidy(cronJob, jobs);
    const active = running.map(({ metadata: { name, namespace, uid } }) => ({ ...jobType, name, namespace, uid }));
    const { active: _, ...status } = isMap(cronJob.status) ? cronJob.status : {};
    server.updateStatus(kind, cronJob, { ...status, ...(active.length > 0 && { active }) }, by);
    expect(queued, cronJob);
  });
  env.on(key, ({ object }) => add(queueKey(object)));
  env.on(jobKey, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'CronJob') add(`${object.metadata.namespace}/${owner.name}`);
  });

  function expect(queued: string, cronJob: Stored): void {
    const suspended = fieldAt(cronJob.spec, 'suspend') === true;
    const at = suspended ? undefined : nextTime(String(fieldAt(cronJob.spec, 'schedule')), clock.now());
    const waiting = due.get(queued);
    if (waiting?.at === at) return;
    waiting?.cancel();
    due.delete(queued);
    if (at === undefined) return;
    // A schedule goes on for ever: it is nothing that anybody waits for.
    const cancel = clock.afterSettled(
      at - clock.now(),
      () => {
        due.delete(queued);
        const present = found(env, key, queued);
        if (present && !isTerminating(present)) start(present, at);
        add(queued);
      },
      'outside',
    );
    due.set(queued, { at, cancel });
  }

  function start(cronJob: Stored, at: number): void {
    const running = controlledBy(store, cronJob, jobKey).filter((job) => !isFinished(job));
    const policy = fieldAt(cronJob.spec, 'concurrencyPolicy');
    if (policy === 'Forbid' && running.length > 0) return;
    if (policy === 'Replace') for (const job of running) remove(job);
    const template = fieldAt(cronJob.spec, 'jobTemplate');
    const { name, namespace = '' } = cronJob.metadata;
    const metadata = (fieldAt(template, 'metadata') as Fields | undefined) ?? {};
    server.create(
      {
        ...jobType,
        metadata: {
          ...metadata,
          name: `${name}-${Math.floor(at / 60_000)}`,
          namespace,
          ownerReferences: [controllerReference(cronJob)],
        },
        spec: fieldAt(template, 'spec') as Fields,
      },
      by,
    );
    const present = store.byUid(cronJob.metadata.uid)?.object ?? cronJob;
    server.updateStatus(kind, present, { ...(present.status as Fields | undefined), lastScheduleTime: timestamp(at) }, by);
  }

  /** `successfulJobsHistoryLimit`, `failedJobsHistoryLimit`. */
  function tidy(cronJob: Stored, jobs: Stored[]): void {
    for (const [type, field, usual] of [
      ['Complete', 'successfulJobsHistoryLimit', 3],
      ['Failed', 'failedJobsHistoryLimit', 1],
    ] as const) {
      const ended = jobs.filter((job) => isTrue(job, type) && !isTerminating(job));
      ended.sort((one, other) => (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? -1 : 1));
      const limit = numberOf(fieldAt(cronJob.spec, field)) ?? usual;
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) remove(job);
    }
  }

  function remove({ metadata }: Stored): void {
    const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: metadata.namespace ?? '', name: metadata.name };
    server.delete(ref, { uid: metadata.uid, propagation: 'Background' }, by.user);
  }
}
