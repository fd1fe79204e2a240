/** What a Job has come to, from its Pods: counts, outcome, deadline, and the status that says so. Pure. */
import { conditionOf, isTrue } from '../../../objects/conditions.ts';
import { fieldAt, mapOf } from '../../../objects/fields.ts';
import { backoff } from '../../backoff.ts';
import type { Stored } from '../api/store.ts';
import { type Condition, withCondition } from '../conditions.ts';
import { type Fields, numberOf, omitEmpty } from '../json.ts';
import { hasEnded, isReady, isTerminating } from '../pods.ts';
import { timestamp } from '../timestamp.ts';

/** The wait before a failed Pod is replaced; doubled with each failure. */
const retry = { firstMs: 10_000, mostMs: Number.POSITIVE_INFINITY };

/** How many Pods of a Job have ended, those that it counted before included. */
export type Tally = { succeeded: number; failed: number };

/** How a Job ended. */
export type Outcome = { type: 'Complete' | 'Failed'; reason: string; message: string };

/** @param ended the Pods that are not in the Job's status yet; one that is deleted before its end has failed */
export function tallyOf(job: Stored, ended: readonly Stored[]): Tally {
  const succeeded = ended.filter((pod) => fieldAt(pod.status, 'phase') === 'Succeeded').length;
  return {
    succeeded: (numberOf(fieldAt(job.status, 'succeeded')) ?? 0) + succeeded,
    failed: (numberOf(fieldAt(job.status, 'failed')) ?? 0) + ended.length - succeeded,
  };
}

/** How many Pods have to succeed. */
export function completionsOf(job: Stored): number {
  return numberOf(fieldAt(job.spec, 'completions')) ?? 1;
}

function startTimeOf(job: Stored, now: number): string {
  return String(fieldAt(job.status, 'startTime') ?? timestamp(now));
}

/** Milliseconds until `activeDeadlineSeconds` is over, 0 or less when it is; undefined without one. */
export function untilDeadline(job: Stored, now: number): number | undefined {
  const seconds = numberOf(fieldAt(job.spec, 'activeDeadlineSeconds'));
  return seconds === undefined ? undefined : Date.parse(startTimeOf(job, now)) + seconds * 1000 - now;
}

/** How the Job ended; undefined while it goes on. */
export function outcomeOf(job: Stored, { succeeded, failed }: Tally, now: number): Outcome | undefined {
  if (succeeded >= completionsOf(job)) {
    return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  }
  if (failed > (numberOf(fieldAt(job.spec, 'backoffLimit')) ?? 6)) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  if ((untilDeadline(job, now) ?? 1) <= 0) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  return undefined;
}

/** Milliseconds until the next Pod may be made: after failures a Job waits ever longer. */
export function untilReplacement(pods: readonly Stored[], failed: number, now: number): number {
  if (failed === 0) return 0;
  const lastEnd = Math.max(...pods.filter(hasEnded).map(endOf), 0);
  return lastEnd + backoff(failed, retry) - now;
}

export type Observed = {
  tally: Tally;
  outcome: Outcome | undefined;
  /** All Pods of the Job, as they were seen. */
  pods: readonly Stored[];
  /** Those that run from now on. */
  running: readonly Stored[];
};

/** The Job's status. */
export function statusOf(job: Stored, { tally, outcome, pods, running }: Observed, now: number): Fields {
  const { active: _, ...before } = mapOf(job.status);
  const status: Fields = {
    ...before,
    startTime: startTimeOf(job, now),
    ...omitEmpty(tally),
    ready: running.filter(isReady).length,
    terminating: pods.filter((pod) => isTerminating(pod) && !hasEnded(pod)).length,
    ...omitEmpty({ active: running.length }),
  };
  return outcome ? withOutcome(status, outcome, now) : status;
}

/** Both conditions that tell of an end: the early one, and the final one. */
function withOutcome(status: Fields, outcome: Outcome, now: number): Fields {
  const complete = outcome.type === 'Complete';
  const final: Condition = { ...outcome, status: 'True' };
  const early = withCondition({ status }, now, { ...final, type: complete ? 'SuccessCriteriaMet' : 'FailureTarget' });
  const ended = withCondition({ status: early }, now, final);
  return complete ? { ...ended, completionTime: timestamp(now) } : ended;
}

export function isFinished(job: Stored): boolean {
  return isTrue(job, 'Complete') || isTrue(job, 'Failed');
}

/** Milliseconds until `ttlSecondsAfterFinished` is over, 0 or less when it is; undefined without one. */
export function untilExpiry(job: Stored, now: number): number | undefined {
  const seconds = numberOf(fieldAt(job.spec, 'ttlSecondsAfterFinished'));
  if (seconds === undefined) return undefined;
  const end = (conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed'))?.lastTransitionTime;
  return Date.parse(String(end)) + seconds * 1000 - now;
}

function endOf(pod: Stored): number {
  return Date.parse(String(conditionOf(pod, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp));
}
