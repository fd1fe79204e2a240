/**
 * The life of one ClusterOperator in this process: installing and keeping it, then taking it down. Level-triggered:
 * whatever happened before, a session that begins now looks at the resource and the cluster and goes on from there.
 * Only its metadata is held; the rest is read when it is worked with.
 */

import { backoff } from '../cluster/backoff.ts';
import type { Instant } from '../cluster/clock.ts';
import { isOlder } from '../cluster/resource-version.ts';
import { BookendError, isCode } from '../errors.ts';
import { digestOf } from '../install/fingerprint.ts';
import { judgedByAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import { inventoryOf } from '../resource/status/inventory.ts';
import { ensureFinalizer, hasFinalizer } from './finalizer.ts';
import { installAndKeep } from './installing.ts';
import type { Verdict } from './judgement.ts';
import type { ConditionReason } from './reasons.ts';
import type { SessionContext, SessionPart } from './session-context.ts';
import { refusedStatus } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { takeDown } from './tearing-down.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** A failure of the API server is no reason to call anybody, unless it lasts so long, in ms. */
const longestPassingMs = 10 * 60_000;

export class Session {
  /** Resolves some time after `close()`, when nothing of the session runs any more. */
  readonly ended: Promise<void>;
  readonly #context: SessionContext;
  readonly #status: StatusWriter;
  #latest: KubernetesObject;
  #policy: ClusterOperator['spec']['teardown'];
  /** What the policy says of the metadata, until the spec that it is about is read. */
  #judging: Verdict | undefined;
  /** The spec that was judged, by its digest. */
  #judged: { spec: string; verdict: Verdict } | undefined;
  /** Set while only that earlier verdict allows to act. */
  #relies: { spec: string; refusal: unknown } | undefined;
  /** The UIDs in an inventory that was asked about. */
  #owned: { inventory: unknown; uids: ReadonlySet<string | undefined> } | undefined;
  #stage = new AbortController();
  #closed = false;
  #wake: (() => void) | undefined;
  #tries = 0;
  #failingSince: Instant | undefined;

  /** @param resource its metadata */
  constructor(context: SessionContext, resource: KubernetesObject) {
    const { name, uid } = resource.metadata;
    this.#context = { ...context, log: context.log.child({ clusterOperator: name, uid }) };
    this.#latest = metadataOf(resource);
    this.#status = new StatusWriter(context.cluster, context.clock, name, (error) =>
      this.#context.log.warn({ error: String(error) }, 'the status could not be written; it is tried again'),
    );
    this.ended = this.#live();
  }

  get name(): string {
    return this.#latest.metadata.name;
  }

  /** Phase of the ClusterOperator; undefined before the status was read. */
  get phase(): string | undefined {
    return this.#status.status.phase;
  }

  /** Whether the status says that this object is ours. Asked for each object of others that has a wanted name. */
  async owns(uid: string): Promise<boolean> {
    const inventory = this.#status.status.inventory ?? (await this.#get())?.status?.inventory;
    if (!this.#owned || this.#owned.inventory !== inventory) {
      this.#owned = { inventory, uids: new Set(inventoryOf({ inventory }).map((item) => item.uid)) };
    }
    return this.#owned.uids.has(uid);
  }

  /** Newer metadata of the resource. Status changes are our own and change nothing. */
  observe(resource: KubernetesObject): void {
    const before = this.#latest;
    // The watch may still tell of states from before our own current read.
    if (isOlder(resource, before)) return;
    this.#latest = metadataOf(resource);
    if (hasFinalizer(before) && !hasFinalizer(resource)) this.#restoreFinalizer();
    if (!isSameTask(before, resource)) this.#begin();
    else if (before.metadata.generation !== resource.metadata.generation) this.#readPolicy();
  }

  /** Ends what is going on. Nothing is taken back; whoever is next goes on from the cluster. */
  close(): void {
    this.#closed = true;
    this.#status.close();
    this.#begin();
  }

  #begin(): void {
    this.#tries = 0;
    this.#failingSince = undefined;
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
        this.#failingSince = undefined;
        await aborted(signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, signal);
      }
    }
  }

  async #work(stop: AbortSignal): Promise<void> {
    const stage: SessionPart = {
      context: this.#context,
      about: this.#latest,
      latest: () => this.#latest,
      policy: () => this.#policy,
      read: async () => {
        const resource = await this.#read(stage);
        stage.about = this.#latest;
        return resource;
      },
      readAgain: () => this.#readAgain(stage.about),
      onlyAsDeployer: false,
      status: this.#status,
      stop,
    };
    // At once, for who is refused anyway; and again with the spec that is read.
    stage.onlyAsDeployer = this.#verdict(stage.about) === 'as-deployer';
    await (stage.about.metadata.deletionTimestamp === undefined ? installAndKeep(stage) : takeDown(stage));
  }

  /**
   * A policy that somebody removed or replaced does not undo what it judged before in the life of this process: the
   * same spec is acted upon as before. Whoever may remove it can let others delete ClusterOperators meanwhile.
   * @throws BookendError `not-judged`
   */
  #verdict(about: KubernetesObject): Verdict {
    const { judgement } = this.#context;
    try {
      this.#relies = undefined;
      const verdict = judgement?.verdictOn(about) ?? 'judged';
      if (judgement) this.#judging = verdict;
      return verdict;
    } catch (error) {
      if (!this.#judged) throw error;
      this.#relies = { ...this.#judged, refusal: error };
      return this.#judged.verdict;
    }
  }

  /**
   * Each stage begins with a current read: what another leader wrote down a moment ago (the order of a teardown above
   * all) may not have reached our watch yet.
   */
  async #read(stage: SessionPart): Promise<ClusterOperator> {
    const before = this.#latest;
    const resource = await this.#get();
    // Another one of this name, or one that is to go by now: the watch is about to say so, and another stage begins.
    if (!resource || !isSameLife(before, resource)) throw changed(this.name);
    stage.onlyAsDeployer = this.#verdict(metadataOf(resource)) === 'as-deployer';
    if (this.#context.judgement) this.#compare(digestOf(resource.spec));
    this.#latest = metadataOf(resource);
    this.#policy = resource.spec.teardown;
    // While nobody judges, others may write the status too: then what this process has written counts.
    if (this.#relies) return { ...resource, status: this.#status.status };
    this.#status.adopt(resource);
    return resource;
  }

  /** @throws BookendError `not-judged`: only an earlier verdict allows to act, and it was about another spec */
  #compare(spec: string): void {
    if (this.#relies && this.#relies.spec !== spec) throw this.#relies.refusal;
    if (!this.#relies && this.#judging) this.#judged = { spec, verdict: this.#judging };
  }

  async #readAgain(about: KubernetesObject): Promise<ClusterOperator> {
    const resource = await this.#get();
    if (resource && isSameTask(about, resource)) return resource;
    throw changed(this.name);
  }

  async #get(): Promise<ClusterOperator | undefined> {
    return (await this.#context.cluster.get({ ...clusterOperatorKind, name: this.name })) as ClusterOperator | undefined;
  }

  /** A person may change the time-out, and what happens then, while a teardown is stuck. */
  #readPolicy(): void {
    const { bodies, log } = this.#context;
    const read = async () => {
      const resource = await this.#get();
      if (resource && isSameLife(this.#latest, resource)) this.#policy = resource.spec.teardown;
    };
    bodies.whole(read).catch((error: unknown) => log.warn({ error: String(error) }, 'spec.teardown could not be read'));
  }

  /**
   * Without it the objects would be orphaned in silence. Whoever may remove it may also delete the ClusterOperator, and
   * is told how.
   */
  #restoreFinalizer(): void {
    if (this.#latest.metadata.deletionTimestamp !== undefined || this.#closed) return;
    ensureFinalizer(this.#context, this.#latest, true).catch((error: unknown) => {
      this.#context.log.warn({ error: String(error) }, 'the finalizer that another client removed could not be restored yet');
      this.#context.clock.after(firstRetryMs, () => !hasFinalizer(this.#latest) && this.#restoreFinalizer());
    });
  }

  /** Says why, and tries again after a while: what refused may have been put right without a change of ours. */
  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const resource = this.#latest;
    const deleting = resource.metadata.deletionTimestamp !== undefined;
    const { log, recorder, clock, meters } = this.#context;
    this.#tries += 1;
    const wait = backoff(this.#tries, { firstMs: firstRetryMs, mostMs: longestRetryMs });
    this.#failingSince ??= clock.now();
    const isShort = clock.now() - this.#failingSince < longestPassingMs;
    const passing = isShort && isCode(error, 'unreachable', 'throttled', 'conflict', 'gone');
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

/**
 * True when nothing changed that a stage works with: the spec, and whether it is to go. Time-outs are read as they are
 * when needed.
 */
function isSameTask(a: KubernetesObject, b: KubernetesObject): boolean {
  if (!isSameLife(a, b) || judgedBy(a) !== judgedBy(b)) return false;
  if (b.metadata.deletionTimestamp !== undefined) return hasFinalizer(a) === hasFinalizer(b);
  return a.metadata.generation === b.metadata.generation;
}

/** The same object, to be kept or to be taken down in both states. */
function isSameLife(a: KubernetesObject, b: KubernetesObject): boolean {
  const [before, after] = [a.metadata.deletionTimestamp, b.metadata.deletionTimestamp];
  return a.metadata.uid === b.metadata.uid && (before === undefined) === (after === undefined);
}

function changed(name: string): BookendError {
  return new BookendError('conflict', `ClusterOperator ${name} has changed; what is new is about to be looked at`);
}

function judgedBy({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[judgedByAnnotation];
}

/**
 * What is held of a ClusterOperator. `kubectl apply` puts all of it into an annotation, which may be as large as the
 * rest.
 */
export function metadataOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, finalizers } = metadata;
  const judged = metadata.annotations?.[judgedByAnnotation];
  const known = { name, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, finalizers };
  const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as typeof metadata;
  return {
    apiVersion,
    kind,
    metadata: { ...kept, ...(judged !== undefined && { annotations: { [judgedByAnnotation]: judged } }) },
  };
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
  'not-judged': 'NotJudged',
};

function reasonOf(error: BookendError): ConditionReason {
  return reasons[error.code] ?? 'Failed';
}
