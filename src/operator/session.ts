/**
 * The life of one ClusterOperator in this process: installing and keeping it, then taking it down. Level-triggered: whatever happened before, a session
 * that begins now looks at the resource and the cluster and goes on from there.
 */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { teardownFinalizer } from '../objects/names.ts';
import type { Account } from '../objects/service-accounts.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import type { Recorder } from './events.ts';
import { installAndKeep } from './installing.ts';
import type { Log } from './log.ts';
import type { Meters } from './metrics.ts';
import type { ConditionReason } from './reasons.ts';
import type { OperatorShares } from './share-settings.ts';
import { refusedStatus } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { takeDown } from './tearing-down.ts';

/** What a session needs of the operator. */
export type SessionContext = {
  /** As the operator itself: only for ClusterOperators, events, leases and looking up accounts. */
  cluster: Cluster;
  clock: Clock;
  deployer: Account;
  /** What shares of components need to know. */
  shares: OperatorShares;
  recorder: Recorder;
  log: Log;
  meters: Meters;
};

/** A part of a session: ends when `stop` fires, or when it has nothing left to do. */
export type Stage = {
  context: SessionContext;
  /** The resource as it was when the stage began. */
  resource: ClusterOperator;
  /** The resource as it is now. */
  latest(): ClusterOperator;
  status: StatusWriter;
  stop: AbortSignal;
};

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

export class Session {
  /** Resolves some time after `close()`, when nothing of the session runs any more. */
  readonly ended: Promise<void>;
  readonly #context: SessionContext;
  readonly #status: StatusWriter;
  #latest: ClusterOperator;
  #stage = new AbortController();
  #closed = false;
  #wake: (() => void) | undefined;
  #tries = 0;

  constructor(context: SessionContext, resource: ClusterOperator) {
    const { name, uid } = resource.metadata;
    this.#context = { ...context, log: context.log.child({ clusterOperator: name, uid }) };
    this.#latest = resource;
    this.#status = new StatusWriter(context.cluster, context.clock, resource, (error) =>
      this.#context.log.warn({ error: String(error) }, 'the status could not be written; it is tried again'),
    );
    this.ended = this.#live();
  }

  /** A newer state of the resource. Status changes are our own and change nothing. */
  observe(resource: ClusterOperator): void {
    const before = this.#latest;
    if (isOlder(resource, before)) return;
    this.#latest = resource;
    if (!isSameTask(before, resource)) this.#begin();
  }

  /** Ends what is going on. Nothing is taken back; whoever is next goes on from the cluster. */
  close(): void {
    this.#closed = true;
    this.#status.close();
    this.#begin();
  }

  #begin(): void {
    this.#tries = 0;
    this.#stage.abort();
    this.#wake?.();
  }

  async #live(): Promise<void> {
    while (!this.#closed) {
      this.#stage = new AbortController();
      const { signal } = this.#stage;
      try {
        await this.#work(signal);
        this.#tries = 0;
        await aborted(signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, signal);
      }
    }
  }

  /**
   * One stage. It begins with a current read: what another leader wrote down a moment ago (the order of a teardown above all) may not have reached
   * our watch yet.
   */
  async #work(stop: AbortSignal): Promise<void> {
    const { name, uid } = this.#latest.metadata;
    const resource = (await this.#context.cluster.get({ ...clusterOperatorKind, name })) as ClusterOperator | undefined;
    if (!resource || resource.metadata.uid !== uid || stop.aborted) return;
    this.#latest = resource;
    this.#status.adopt(resource);
    const stage: Stage = { context: this.#context, resource, latest: () => this.#latest, status: this.#status, stop };
    await (resource.metadata.deletionTimestamp === undefined ? installAndKeep(stage) : takeDown(stage));
  }

  /** Says why, and tries again after a while: what refused may have been put right without a change of ours. */
  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const resource = this.#latest;
    const deleting = resource.metadata.deletionTimestamp !== undefined;
    const { log, recorder, clock, meters } = this.#context;
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#tries);
    this.#tries += 1;
    const passing = isCode(error, 'unreachable', 'throttled', 'conflict', 'gone');
    const message = error instanceof BookendError ? `${error.message}. ${error.advice}` : String(error);
    meters.failures.inc({ code: error instanceof BookendError ? error.code : 'internal' });
    log[passing ? 'warn' : 'error'](
      {
        code: error instanceof BookendError ? error.code : 'internal',
        error: message,
        ...(!(error instanceof BookendError) && { stack: (error as Error)?.stack }),
      },
      'this ClusterOperator cannot go on',
    );
    if (!passing) {
      const reason = error instanceof BookendError ? reasonOf(error) : 'InternalError';
      const generation = resource.metadata.generation;
      if (this.#status.status.blocker !== message) recorder.warning(resource, 'Refused', message);
      this.#status.note({
        ...refusedStatus(reason, message, deleting),
        // What counted the installation says nothing about a teardown that has not begun.
        ...(deleting && !this.#status.status.teardown && { progress: '' }),
        ...(generation !== undefined && { observedGeneration: generation }),
      });
    }
    await Promise.race([aborted(signal), new Promise<void>((resolve) => clock.after(wait, resolve))]);
  }
}

/** True when nothing changed that a stage works with: the spec, and whether it is to go. Time-outs are read as they are when needed. */
function isSameTask(a: ClusterOperator, b: ClusterOperator): boolean {
  const deleting = b.metadata.deletionTimestamp !== undefined;
  if (deleting !== (a.metadata.deletionTimestamp !== undefined)) return false;
  if (deleting) return a.metadata.finalizers?.includes(teardownFinalizer) === b.metadata.finalizers?.includes(teardownFinalizer);
  return a.metadata.generation === b.metadata.generation && a.metadata.uid === b.metadata.uid;
}

/** The watch may still tell of states from before our own current read. */
function isOlder(a: ClusterOperator, b: ClusterOperator): boolean {
  const [left, right] = [a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? ''];
  return left.length === right.length ? left < right : left.length < right.length;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const reasons: Partial<Record<BookendError['code'], ConditionReason>> = {
  'bad-input': 'InvalidSpec',
  cycle: 'Cycle',
  'already-exists': 'NotOurs',
  forbidden: 'RightMissing',
  'not-found': 'NotFound',
  invalid: 'ApiServerRefused',
};

function reasonOf(error: BookendError): ConditionReason {
  return reasons[error.code] ?? 'Failed';
}
