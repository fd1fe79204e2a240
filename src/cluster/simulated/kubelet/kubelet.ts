/**
 * The kubelets of all nodes: containers start once what they mount is there, become ready, and end in the order of a real termination: preStop within the
 * grace period, SIGTERM with at least 2 s left, then the object goes. A finalizer on a Pod keeps its object, never its containers.
 */
import { isCode } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { kubeletOn, type User } from '../api/user.ts';
import type { Purpose } from '../clock.ts';
import { builtIn, type Environment } from '../controllers/environment.ts';
import { type Fields, mapsOf } from '../json.ts';
import { hasEnded, isTerminating } from '../pods.ts';
import { draw } from '../random.ts';
import { missingMount } from './mounts.ts';
import { callRefused } from './pod-access.ts';
import { recordEvent } from './pod-events.ts';
import { containersWith, statusFor } from './pod-status.ts';
import { annotations, type KubeletTimes, milliseconds, preStopOf, stopMsOf } from './settings.ts';
import { hasSidecars, turnsOf } from './turns.ts';

/** A Pod as its kubelet knows it, whatever the API server still says. */
type Running = {
  /** As it last was in the API. */
  pod: Stored;
  state: 'starting' | 'running' | 'stopping' | 'stopped';
  /** The ServiceAccount that its token was issued for. */
  accountUid?: string;
  /** When the stopping began, and in which step it is. */
  stoppingSince?: number;
  /** When each container ended, in a Pod with native sidecars. */
  ends?: Map<string, number>;
  cancel: () => void;
};

/** At least this long a container has between SIGTERM and SIGKILL (`minimumGracePeriodInSeconds`). */
const leastGraceMs = 2_000;
const mountRetryMs = 500;
const refusedRetryMs = 10_000;
/** A kubelet that takes notice later than this (ms) finds part of the grace period used up. */
const lateMs = 1_500;

export function kubelet(env: Environment, times: KubeletTimes): void {
  const kind = builtIn(env, 'pods');
  const { store } = env.server;
  const known = new Map<string, Running>();

  env.on('pods', ({ type, object }) => {
    const { uid } = object.metadata;
    const running = known.get(uid);
    if (type === 'deleted') {
      if (running) forget(running, object);
      return;
    }
    if (running === undefined) {
      if (fieldAt(object.spec, 'nodeName') === undefined || hasEnded(object)) {
        if (fieldAt(object.spec, 'nodeName') !== undefined && isTerminating(object)) finish(object);
        return;
      }
      const fresh: Running = { pod: object, state: 'starting', cancel: () => undefined };
      known.set(uid, fresh);
      if (isRunning(object)) {
        takeUp(fresh);
        return;
      }
      after(fresh, milliseconds(object, annotations.startMs) ?? draw(env.random, times.startMs), () => start(fresh));
      if (isTerminating(object)) notice(fresh);
      return;
    }
    running.pod = object;
    if (!isTerminating(object)) return;
    if (running.stoppingSince === undefined) notice(running);
    if (running.state === 'stopped') finish(object);
  });

  /** A Pod that ran before this cluster was looked at: its containers go on as they are. */
  function takeUp(running: Running): void {
    const { pod } = running;
    running.state = 'running';
    tokenOf(running);
    if (endsByItself(pod)) {
      const endAfter = milliseconds(pod, annotations.runMs) ?? draw(env.random, times.runMs);
      after(running, endAfter, () => complete(running));
    }
    if (isTerminating(pod)) notice(running);
  }

  function tokenOf(running: Running): void {
    const account = store.get('serviceaccounts', running.pod.metadata.namespace, accountOf(running.pod));
    if (account) running.accountUid = account.metadata.uid;
  }

  function start(running: Running): void {
    const missing = missingMount(store, running.pod);
    if (missing !== undefined) {
      recordEvent(env, running.pod, 'Warning', 'FailedMount', missing);
      after(running, mountRetryMs, () => start(running), 'retry');
      return;
    }
    tokenOf(running);
    running.state = 'running';
    const readyAfter =
      running.pod.metadata.annotations?.[annotations.readyMs] === 'never'
        ? Infinity
        : (milliseconds(running.pod, annotations.readyMs) ?? draw(env.random, times.readyMs));
    const ready = readyAfter === 0;
    tell(running, statusFor(running.pod, 'Running', ready, env.clock.now()));
    env.life.note('running', running.pod);
    const endAfter = endsByItself(running.pod)
      ? (milliseconds(running.pod, annotations.runMs) ?? draw(env.random, times.runMs))
      : undefined;
    if (ready) env.life.note('ready', running.pod);
    else if (readyAfter !== Infinity && (endAfter === undefined || readyAfter < endAfter))
      after(running, readyAfter, () => becomeReady(running, endAfter, readyAfter));
    if (endAfter !== undefined && (ready || readyAfter >= endAfter)) after(running, endAfter, () => complete(running));
  }

  function becomeReady(running: Running, endAfter: number | undefined, waited: number): void {
    tell(running, statusFor(running.pod, 'Running', true, env.clock.now()));
    env.life.note('ready', running.pod);
    if (endAfter !== undefined) after(running, endAfter - waited, () => complete(running));
  }

  /** The containers end by themselves. With `restartPolicy: OnFailure` a failed one starts again in the same Pod. */
  function complete(running: Running): void {
    const exitCode = milliseconds(running.pod, annotations.exitCode) ?? 0;
    if (exitCode !== 0 && fieldAt(running.pod.spec, 'restartPolicy') === 'OnFailure') {
      tell(running, statusFor(running.pod, 'Running', false, env.clock.now()));
      after(running, 10_000, () => start(running));
      return;
    }
    ended(running, exitCode);
  }

  function notice(running: Running): void {
    running.stoppingSince = Infinity;
    const wait = draw(env.random, times.kubeletDelayMs);
    env.clock.afterSettled(wait, () => {
      if (known.get(running.pod.metadata.uid) !== running) return;
      running.stoppingSince = env.clock.now();
      if (running.state === 'running') stop(running);
      // Containers that have just ended by themselves are reported first.
      if (running.state !== 'starting') return;
      running.cancel();
      running.state = 'stopped';
      finish(running.pod);
    });
  }

  /**
   * preStop, SIGTERM, end; each step within what is left of the grace period. One that a further DELETE shortens from here on comes too late: hook and runtime have been
   * told how long to wait.
   */
  function stop(running: Running): void {
    running.cancel();
    running.state = 'stopping';
    const began = beginningOf(running.pod, env.clock.now());
    const deadline = began + graceMs(running.pod);
    env.life.note('stopping', running.pod);
    const hook = preStopOf(running.pod);
    if (hook === undefined) {
      terminate(running, deadline);
      return;
    }
    const left = deadline - env.clock.now();
    after(running, Math.max(0, Math.min(left, hook.ms)), () => {
      if (hook.ms > left) hookFailed(running, `did not end within the grace period of ${(deadline - began) / 1000} s`);
      else {
        const refusals = hook.needs.map((need) =>
          callRefused(env, running.pod, accountOf(running.pod), running.accountUid, need),
        );
        const refusal = refusals.find((each) => each !== undefined);
        if (refusal === undefined) env.life.note('pre-stop-succeeded', running.pod);
        else hookFailed(running, refusal);
      }
      terminate(running, deadline);
    });
  }

  /** SIGTERM to all main containers at once, then to each native sidecar, last first, all out of the same grace period. */
  function terminate(running: Running, deadline: number): void {
    const turns = turnsOf(running.pod);
    const next = (exitCode: number) => {
      const turn = turns.shift();
      if (turn === undefined) {
        ended(running, exitCode);
        return;
      }
      const signalled = env.clock.now();
      const needed = stopMsOf(running.pod, turn) ?? draw(env.random, times.stopMs);
      const budget = Math.max(deadline - signalled, leastGraceMs);
      after(running, Math.min(budget, needed), () => {
        if (needed > budget) env.life.note('killed', running.pod, 'the grace period was over');
        if (hasSidecars(running.pod)) for (const name of turn) containerEnded(running, name);
        next(needed > budget ? 137 : exitCode);
      });
    };
    next(0);
  }

  function containerEnded(running: Running, name: string): void {
    running.ends ??= new Map();
    running.ends.set(name, env.clock.now());
    env.life.note('container-stopped', running.pod, name);
  }

  /** No container runs any more: the status says so, and the object goes when it is to go. */
  function ended(running: Running, exitCode: number): void {
    running.state = 'stopped';
    env.life.note('stopped', running.pod);
    after(running, draw(env.random, times.kubeletDelayMs), () => {
      tell(running, containersWith(running.pod, exitCode, env.clock.now(), running.ends));
      if (isTerminating(running.pod)) finish(running.pod);
    });
  }

  /** The kubelet's last word: a DELETE without grace. A finalizer may keep the object all the same. */
  function finish(pod: Stored): void {
    if (pod.metadata.deletionGracePeriodSeconds === 0 && pod.metadata.finalizers?.length) return;
    const { name, namespace = '', uid } = pod.metadata;
    const attempt = () => {
      if (!store.byUid(uid)) return;
      try {
        env.server.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { uid, gracePeriodSeconds: 0 }, kubeletOf(pod));
      } catch (error) {
        // Admission may refuse the kubelet as anybody else; it comes again.
        if (!isCode(error, 'forbidden', 'invalid', 'unreachable', 'conflict', 'throttled')) throw error;
        env.clock.afterSettled(refusedRetryMs, attempt, 'retry');
      }
    };
    env.clock.afterSettled(draw(env.random, times.kubeletDelayMs), attempt);
  }

  /** The object is gone: whatever still runs is killed. */
  function forget(running: Running, pod: Stored): void {
    running.cancel();
    known.delete(pod.metadata.uid);
    if (running.state !== 'running' && running.state !== 'stopping') return;
    env.life.note('killed', pod, 'the Pod was deleted without grace');
    env.life.note('stopped', pod);
  }

  function hookFailed(running: Running, why: string): void {
    env.life.note('pre-stop-failed', running.pod, why);
    // As on a real node the event does not say why: the reason might hold a secret (`kuberuntime executePreStopHook`).
    recordEvent(env, running.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
  }

  function tell(running: Running, status: Fields): void {
    try {
      running.pod = env.server.updateStatus(kind, running.pod, status, { user: kubeletOf(running.pod) });
    } catch (error) {
      // What admission refuses is told again with the next change; the containers do not wait for it.
      if (!isCode(error, 'forbidden', 'invalid', 'unreachable', 'conflict', 'throttled')) throw error;
    }
  }

  function after(running: Running, ms: number, then: () => void, purpose: Purpose = 'work'): void {
    running.cancel = env.clock.afterSettled(ms, then, purpose);
  }
}

function accountOf(pod: Stored): string {
  return String(fieldAt(pod.spec, 'serviceAccountName') ?? 'default');
}

function kubeletOf(pod: Stored): User {
  return kubeletOn(String(fieldAt(pod.spec, 'nodeName')));
}

function graceMs(pod: Stored): number {
  return (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
}

/** The kubelet counts the grace period from the DELETE, even when it takes the Pod up later. */
function beginningOf({ metadata }: Stored, now: number): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) return now;
  const asked = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return now - asked > lateMs ? asked : now;
}

function isRunning(pod: Stored): boolean {
  return (
    fieldAt(pod.status, 'phase') === 'Running' &&
    mapsOf(fieldAt(pod.status, 'containerStatuses')).some((each) => fieldAt(each, 'state', 'running') !== undefined)
  );
}

function endsByItself(pod: Stored): boolean {
  return fieldAt(pod.spec, 'restartPolicy') !== 'Always';
}
