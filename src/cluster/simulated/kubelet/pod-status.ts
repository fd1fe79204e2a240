/** The status of a Pod as the kubelet writes it. */
import { fieldAt } from '../../../objects/fields.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, mapsOf } from '../json.ts';
import type { Stored } from '../store.ts';
import { timestamp } from '../timestamp.ts';

/** Running containers, ready or not. */
export function statusFor(pod: Stored, phase: string, ready: boolean, now: number): Fields {
  const startTime = fieldAt(pod.status, 'startTime') ?? timestamp(now);
  const started = mapsOf(fieldAt(pod.status, 'containerStatuses'));
  const containerStatuses = mapsOf(fieldAt(pod.spec, 'containers')).map(({ name, image }, index) => ({
    name,
    image,
    ready,
    started: true,
    restartCount: 0,
    state: fieldAt(started[index], 'state', 'running') ? started[index]?.state : { running: { startedAt: timestamp(now) } },
  }));
  const status = {
    ...(pod.status as Fields | undefined),
    phase,
    startTime,
    hostIP: '10.0.0.1',
    podIP: '10.244.0.1',
    containerStatuses,
  };
  return conditions(status, ready, ready ? '' : 'ContainersNotReady', now);
}

/** Ended containers: succeeded when they ended with 0. */
export function containersWith(pod: Stored, exitCode: number, now: number): Fields {
  const ended = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt: timestamp(now) };
  const status = {
    ...(pod.status as Fields | undefined),
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: mapsOf(fieldAt(pod.status, 'containerStatuses')).map((container) => ({
      ...container,
      ready: false,
      started: false,
      state: { terminated: { ...ended, startedAt: fieldAt(container, 'state', 'running', 'startedAt') } },
    })),
  };
  return conditions(status, false, exitCode === 0 ? 'PodCompleted' : 'PodFailed', now);
}

function conditions(status: Fields, ready: boolean, reason: string, now: number): Fields {
  const value = ready ? 'True' : 'False';
  const initialized = withCondition({ status }, now, { type: 'Initialized', status: 'True', reason: '', message: '' });
  const pod = withCondition({ status: initialized }, now, { type: 'Ready', status: value, reason, message: '' });
  return withCondition({ status: pod }, now, { type: 'ContainersReady', status: value, reason, message: '' });
}
