/** The status of a Pod as the kubelet writes it. */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { withCondition } from '../conditions.ts';
import { type Fields, mapsOf } from '../json.ts';
import { timestamp } from '../timestamp.ts';

/** Running containers, ready or not. */
export function statusFor(pod: Stored, phase: string, ready: boolean, now: number): Fields {
  const startTime = fieldAt(pod.status, 'startTime') ?? timestamp(now);
  const running = (containers: Fields[], list: string) => {
    const started = mapsOf(fieldAt(pod.status, list));
    return containers.map(({ name, image }, index) => ({
      name,
      image,
      ready,
      started: true,
      restartCount: 0,
      state: fieldAt(started[index], 'state', 'running') ? started[index]?.state : { running: { startedAt: timestamp(now) } },
    }));
  };
  const containerStatuses = running(mapsOf(fieldAt(pod.spec, 'containers')), 'containerStatuses');
  const sidecars = mapsOf(fieldAt(pod.spec, 'initContainers')).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const status = {
    ...(pod.status as Fields | undefined),
    phase,
    startTime,
    hostIP: '10.0.0.1',
    podIP: '10.244.0.1',
    containerStatuses,
    ...(sidecars.length > 0 && { initContainerStatuses: running(sidecars, 'initContainerStatuses') }),
  };
  return conditions(status, ready, ready ? '' : 'ContainersNotReady', now);
}

/**
 * Ended containers: succeeded when they ended with 0.
 * @param ends when each ended, by name, where that was not now
 */
export function containersWith(
  pod: Stored,
  exitCode: number,
  now: number,
  ends: ReadonlyMap<string, number> = new Map(),
): Fields {
  const ended = (list: string) =>
    mapsOf(fieldAt(pod.status, list)).map((container) => ({
      ...container,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode,
          reason: exitCode === 0 ? 'Completed' : 'Error',
          finishedAt: timestamp(ends.get(String(container.name)) ?? now),
          startedAt: fieldAt(container, 'state', 'running', 'startedAt'),
        },
      },
    }));
  const sidecars = ended('initContainerStatuses');
  const status = {
    ...(pod.status as Fields | undefined),
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: ended('containerStatuses'),
    ...(sidecars.length > 0 && { initContainerStatuses: sidecars }),
  };
  return conditions(status, false, exitCode === 0 ? 'PodCompleted' : 'PodFailed', now);
}

function conditions(status: Fields, ready: boolean, reason: string, now: number): Fields {
  const value = ready ? 'True' : 'False';
  const initialized = withCondition({ status }, now, { type: 'Initialized', status: 'True', reason: '', message: '' });
  const pod = withCondition({ status: initialized }, now, { type: 'Ready', status: value, reason, message: '' });
  return withCondition({ status: pod }, now, { type: 'ContainersReady', status: value, reason, message: '' });
}
