/**
 * One Pod as its kubelet knows it, whatever the API server still says: containers start once what they mount is there,
 * become ready, and end in the order of a real termination: preStop within the grace period, SIGTERM with at least 2 s
 * left, then the object goes. A finalizer on a Pod keeps its object, never its containers.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import type { Purpose } from '../clock.ts';
import { builtIn, type Environment } from '../controllers/environment.ts';
import { type Fields, mapsOf } from '../json.ts';
import { isTerminating } from '../pods.ts';
import { draw } from '../random.ts';
import { finish, isRefusal, kubeletOf } from './finish.ts';
import { missingMount } from './mounts.ts';
import { callRefused } from './pod-access.ts';
import { recordEvent } from './pod-events.ts';
import { containersWith, statusFor } from './pod-status.ts';
import { annotations, type KubeletTimes, milliseconds, type PreStop, preStopOf, stopMsOf } from './settings.ts';
import { afterSigterm, type GracePeriod, gracePeriodOf, hasSidecars, turnsOf } from './termination.ts';

const mountRetryMs = 500;
const restartMs = 10_000;
/** What a process ends with that got SIGKILL. */
const killedExitCode = 137;

export class RunningPod {
  readonly #env: Environment;
  readonly #times: KubeletTimes;
  /** As it last was in the API. */
  #pod: Stored;
  #state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
  /** The ServiceAccount that its token was issued for. */
  #accountUid: string | undefined;
  /** The kubelet has heard, or is about to hear, that the Pod is to end. */
  #told = false;
  #gone = false;
  /** When each container ended, in a Pod with native sidecars. */
  #ends: Map<string, number> | undefined;
  /** Takes back what would happen next. */
  #cancel: () => void = () => undefined;

  constructor(env: Environment, times: KubeletTimes, pod: Stored) {
    this.#env = env;
    this.#times = times;
    this.#pod = pod;
  }

  begin(): void {
    if (isRunning(this.#pod)) this.#takeUp();
    else this.#after(this.#duration(annotations.startMs, 'startMs'), () => this.#start());
    if (isTerminating(this.#pod)) this.#notice();
  }

  changed(pod: Stored): void {
    this.#pod = pod;
    if (!isTerminating(pod)) return;
    if (!this.#told) this.#notice();
    if (this.#state === 'stopped') finish(this.#env, this.#times, pod);
  }

  /** The object is gone: whatever still runs is killed. @param pod as it was last */
  objectGone(pod: Stored): void {
    this.#gone = true;
    this.#cancel();
    if (this.#state !== 'running' && this.#state !== 'stopping') return;
    this.#env.life.note('killed', pod, 'the Pod was deleted without grace');
    this.#env.life.note('stopped', pod);
  }

  /** A Pod that ran before this cluster was looked at: its containers go on as they are. */
  #takeUp(): void {
    this.#state = 'running';
    this.#takeToken();
    const endAfter = this.#endAfter();
    if (endAfter !== undefined) this.#after(endAfter, () => this.#complete());
  }

  #start(): void {
    const missing = missingMount(this.#env.server.store, this.#pod);
    if (missing !== undefined) {
      recordEvent(this.#env, this.#pod, 'Warning', 'FailedMount', missing);
      this.#after(mountRetryMs, () => this.#start(), 'retry');
      return;
    }
    this.#takeToken();
    this.#state = 'running';
    const readyAfter = this.#readyAfter();
    this.#tell(statusFor(this.#pod, 'Running', readyAfter === 0, this.#env.clock.now()));
    this.#env.life.note('running', this.#pod);
    const endAfter = this.#endAfter();
    if (readyAfter === 0) this.#env.life.note('ready', this.#pod);
    if (readyAfter > 0 && readyAfter < (endAfter ?? Infinity)) {
      this.#after(readyAfter, () => this.#becomeReady(endAfter === undefined ? undefined : endAfter - readyAfter));
    } else if (endAfter !== undefined) this.#after(endAfter, () => this.#complete());
  }

  #takeToken(): void {
    const account = this.#env.server.store.get('serviceaccounts', this.#pod.metadata.namespace, accountOf(this.#pod));
    if (account) this.#accountUid = account.metadata.uid;
  }

  #readyAfter(): number {
    if (this.#pod.metadata.annotations?.[annotations.readyMs] === 'never') return Infinity;
    return this.#duration(annotations.readyMs, 'readyMs');
  }

  /** Undefined for containers that do not end by themselves. */
  #endAfter(): number | undefined {
    if (fieldAt(this.#pod.spec, 'restartPolicy') === 'Always') return undefined;
    return this.#duration(annotations.runMs, 'runMs');
  }

  /** @param endAfter how much longer the containers run */
  #becomeReady(endAfter: number | undefined): void {
    this.#tell(statusFor(this.#pod, 'Running', true, this.#env.clock.now()));
    this.#env.life.note('ready', this.#pod);
    if (endAfter !== undefined) this.#after(endAfter, () => this.#complete());
  }

  /** The containers end by themselves. With `restartPolicy: OnFailure` a failed one starts again in the same Pod. */
  #complete(): void {
    const exitCode = milliseconds(this.#pod, annotations.exitCode) ?? 0;
    if (exitCode !== 0 && fieldAt(this.#pod.spec, 'restartPolicy') === 'OnFailure') {
      this.#tell(statusFor(this.#pod, 'Running', false, this.#env.clock.now()));
      this.#after(restartMs, () => this.#start());
      return;
    }
    this.#ended(exitCode);
  }

  /** The kubelet hears, some time later, that the Pod is to end. */
  #notice(): void {
    this.#told = true;
    this.#env.clock.afterSettled(draw(this.#env.random, this.#times.kubeletDelayMs), () => {
      if (this.#gone) return;
      if (this.#state === 'running') this.#stop();
      // Containers that have just ended by themselves are reported first.
      if (this.#state !== 'starting') return;
      this.#cancel();
      this.#state = 'stopped';
      finish(this.#env, this.#times, this.#pod);
    });
  }

  /**
   * preStop, SIGTERM, end; each step within what is left of the grace period. One that a further DELETE shortens from
   * here on comes too late: hook and runtime have been told how long to wait.
   */
  #stop(): void {
    this.#cancel();
    this.#state = 'stopping';
    const period = gracePeriodOf(this.#pod, this.#env.clock.now());
    this.#env.life.note('stopping', this.#pod);
    const hook = preStopOf(this.#pod);
    if (hook === undefined) {
      this.#terminate(period);
      return;
    }
    const left = period.deadline - this.#env.clock.now();
    this.#after(Math.max(0, Math.min(left, hook.ms)), () => {
      const inTime = hook.ms <= left;
      this.#hookEnded(
        inTime ? this.#refusalOf(hook) : `did not end within the grace period of ${(period.deadline - period.began) / 1000} s`,
      );
      this.#terminate(period);
    });
  }

  /** What the API server refuses the hook, if it refuses anything. */
  #refusalOf({ needs }: PreStop): string | undefined {
    const account = accountOf(this.#pod);
    const answers = needs.map((need) => callRefused(this.#env, this.#pod, account, this.#accountUid, need));
    return answers.find((answer) => answer !== undefined);
  }

  #hookEnded(failure: string | undefined): void {
    if (failure === undefined) {
      this.#env.life.note('pre-stop-succeeded', this.#pod);
      return;
    }
    this.#env.life.note('pre-stop-failed', this.#pod, failure);
    // As on a real node the event does not say why: the reason might hold a secret (`kuberuntime executePreStopHook`).
    recordEvent(this.#env, this.#pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
  }

  /**
   * SIGTERM to all main containers at once, then to each native sidecar, last first, all out of the same grace period.
   */
  #terminate(period: GracePeriod): void {
    const turns = turnsOf(this.#pod);
    const next = (exitCode: number) => {
      const turn = turns.shift();
      if (turn === undefined) {
        this.#ended(exitCode);
        return;
      }
      const needed = stopMsOf(this.#pod, turn) ?? draw(this.#env.random, this.#times.stopMs);
      const { ms, killed } = afterSigterm(period, needed, this.#env.clock.now());
      this.#after(ms, () => {
        if (killed) this.#env.life.note('killed', this.#pod, 'the grace period was over');
        if (hasSidecars(this.#pod)) for (const name of turn) this.#containerEnded(name);
        next(killed ? killedExitCode : exitCode);
      });
    };
    next(0);
  }

  #containerEnded(name: string): void {
    this.#ends ??= new Map();
    this.#ends.set(name, this.#env.clock.now());
    this.#env.life.note('container-stopped', this.#pod, name);
  }

  /** No container runs any more: the status says so, and the object goes when it is to go. */
  #ended(exitCode: number): void {
    this.#state = 'stopped';
    this.#env.life.note('stopped', this.#pod);
    this.#after(draw(this.#env.random, this.#times.kubeletDelayMs), () => {
      this.#tell(containersWith(this.#pod, exitCode, this.#env.clock.now(), this.#ends));
      if (isTerminating(this.#pod)) finish(this.#env, this.#times, this.#pod);
    });
  }

  #tell(status: Fields): void {
    try {
      const user = kubeletOf(this.#pod);
      this.#pod = this.#env.server.updateStatus(builtIn(this.#env, 'pods'), this.#pod, status, { user });
    } catch (error) {
      // What admission refuses is told again with the next change; the containers do not wait for it.
      if (!isRefusal(error)) throw error;
    }
  }

  /** How long something takes: as the Pod's annotation says, else a time of the node. */
  #duration(annotation: string, usual: keyof KubeletTimes): number {
    return milliseconds(this.#pod, annotation) ?? draw(this.#env.random, this.#times[usual]);
  }

  #after(ms: number, then: () => void, purpose: Purpose = 'work'): void {
    this.#cancel = this.#env.clock.afterSettled(ms, then, purpose);
  }
}

function accountOf(pod: Stored): string {
  return String(fieldAt(pod.spec, 'serviceAccountName') ?? 'default');
}

function isRunning(pod: Stored): boolean {
  return (
    fieldAt(pod.status, 'phase') === 'Running' &&
    mapsOf(fieldAt(pod.status, 'containerStatuses')).some((each) => fieldAt(each, 'state', 'running') !== undefined)
  );
}
