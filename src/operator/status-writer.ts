/**
 * Writes the status sparingly: each write costs the API server as much as a delete, and a large teardown has thousands
 * of small steps. What must be on record before something happens is written at once and awaited; progress is gathered
 * and written about once a second at first (of a large ClusterOperator less often), then at growing distances (who
 * waits for minutes need not know to the second), a new phase soon; words that only count the seconds of the same wait
 * every half minute.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { type ClusterOperator, type ClusterOperatorStatus, clusterOperatorKind } from '../resource/cluster-operator.ts';
import type { Blocker } from '../teardown/blocker.ts';
import { merged, type StatusPart } from './status.ts';

const progressMs = 1_000;
/**
 * The API server reads, checks and stores the whole ClusterOperator with each write, also of the status alone: about a
 * microsecond of its processor time for each character. So much longer between two, for each character, in ms: a
 * twentieth of one processor.
 */
const progressMsOfCharacter = 0.02;
const slowestProgressMs = 10_000;
const wordsMs = 30_000;
/** So often a write is tried on top of what others have just written. */
const mostTries = 4;

export class StatusWriter {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #name: string;
  /** Of the resource as it was last read or written; a write of an earlier leader that comes late is refused by it. */
  #version: string | undefined;
  readonly #onError: (error: unknown) => void;
  #status: ClusterOperatorStatus = {};
  #wait: Blocker | undefined;
  /** What is only made when somebody needs it. */
  #more: (() => StatusPart) | undefined;
  #specLength = 0;
  #written = '{}';
  #writtenGist = '{}';
  #writtenAt: Instant = Number.NEGATIVE_INFINITY;
  #timer: (() => void) | undefined;
  #timerDue: Instant = 0;
  #writtenPhase: string | undefined;
  #phaseSince: Instant = 0;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param name of the ClusterOperator */
  constructor(cluster: Cluster, clock: Clock, name: string, onError: (error: unknown) => void) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#name = name;
    this.#onError = onError;
    this.#phaseSince = clock.now();
  }

  get status(): ClusterOperatorStatus {
    this.#takeMore();
    return this.#status;
  }

  /**
   * Goes on from what a current read has found; what was noted and not written is forgotten, since it will be noted
   * anew.
   */
  adopt({ status = {}, metadata, spec }: Pick<ClusterOperator, 'status' | 'metadata' | 'spec'>): void {
    this.#version = metadata.resourceVersion;
    this.#specLength = JSON.stringify(spec).length;
    if (status.phase !== this.#writtenPhase) this.#phaseSince = this.#clock.now();
    this.#status = status;
    this.#more = undefined;
    this.#wait = undefined;
    this.#written = JSON.stringify(status);
    this.#writtenGist = gistOf(status, undefined);
    this.#writtenPhase = status.phase;
  }

  /**
   * Takes note of progress; it will be written when it is time.
   * @param more a large part, which is made only when it is written or read
   */
  note(part: StatusPart, more?: () => StatusPart): void {
    this.#take(part);
    if (more) this.#more = more;
    this.#schedule();
  }

  #takeMore(): void {
    const more = this.#more;
    this.#more = undefined;
    if (more) this.#take(more());
  }

  #take(part: StatusPart): void {
    this.#status = merged(this.#status, part, this.#clock.now());
    if (part.blocker !== undefined) this.#wait = part.wait;
  }

  /** Writes now and waits for it: what follows may rely on it being on record. */
  async record(part: StatusPart): Promise<void> {
    this.#takeMore();
    this.#take(part);
    this.#timer?.();
    this.#timer = undefined;
    const mine = this.#last.then(() => this.#write());
    this.#last = mine.catch(() => {}); // The caller is told; the next write does not suffer for it.
    await mine;
  }

  /**
   * The last write, for people who watch. It is left out where it costs the API server much and nobody misses it,
   * because what is on record does not wait for anything.
   */
  async conclude(part: StatusPart, isMissed: boolean): Promise<void> {
    if (isMissed || this.#firstPause <= progressMs || this.#tellsOfWait) await this.record(part);
  }

  get #tellsOfWait(): boolean {
    const { blocker = '' } = JSON.parse(this.#written) as ClusterOperatorStatus;
    return blocker !== '';
  }

  /** Nothing is written after this. */
  close(): void {
    this.#closed = true;
    this.#timer?.();
  }

  #schedule(): void {
    // Comparing a large status costs more than a decision: once a write of progress is due there is nothing to compare.
    const newPhase = this.#status.phase !== this.#writtenPhase;
    const progressDue = this.#writtenAt + (newPhase ? progressMs : this.#pause());
    if (this.#closed || (this.#timer && this.#timerDue <= progressDue)) return;
    this.#takeMore();
    const text = JSON.stringify(this.#status);
    if (text === this.#written) return;
    const onlyWords = gistOf(this.#status, this.#wait) === this.#writtenGist;
    const due = onlyWords ? this.#writtenAt + wordsMs : progressDue;
    if (this.#timer && this.#timerDue <= due) return;
    this.#timer?.();
    this.#timerDue = due;
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#timer = undefined;
      this.record({}).catch((error) => {
        this.#onError(error);
        this.#schedule();
      });
    });
  }

  /**
   * A quarter of the time since the phase began, so that the writes of a teardown grow with the logarithm of its
   * length; more for a large ClusterOperator.
   */
  #pause(): number {
    return Math.min(slowestProgressMs, Math.max(this.#firstPause, (this.#clock.now() - this.#phaseSince) / 4));
  }

  get #firstPause(): number {
    return Math.max(progressMs, (this.#specLength + this.#written.length) * progressMsOfCharacter);
  }

  async #write(): Promise<void> {
    this.#takeMore();
    const text = JSON.stringify(this.#status);
    if (this.#closed || text === this.#written) return;
    const gist = gistOf(this.#status, this.#wait);
    const changed = difference(this.#status, JSON.parse(this.#written) as ClusterOperatorStatus);
    this.#writtenAt = this.#clock.now();
    if (this.#status.phase !== this.#writtenPhase) this.#phaseSince = this.#writtenAt;
    this.#writtenPhase = this.#status.phase;
    try {
      await this.#patch(changed);
      this.#written = text;
      this.#writtenGist = gist;
    } catch (error) {
      if (isCode(error, 'not-found')) return; // It is gone: nobody is left to tell.
      throw error;
    }
  }

  /** Somebody may have changed the spec, or we the finalizers: then it is written on top of that. */
  async #patch(status: Record<string, unknown>): Promise<void> {
    const ref = { ...clusterOperatorKind, name: this.#name };
    for (let tries = 1; ; tries += 1) {
      const metadata = this.#version === undefined ? {} : { metadata: { resourceVersion: this.#version } };
      try {
        const written = await this.#cluster.patch(
          ref,
          { type: 'merge', value: { ...metadata, status } },
          { subresource: 'status', metadataOnly: true },
        );
        this.#version = written.metadata.resourceVersion;
        return;
      } catch (error) {
        if (!isCode(error, 'conflict') || tries >= mostTries || this.#closed) throw error;
        this.#version = (await this.#cluster.get(ref, { metadataOnly: true }))?.metadata.resourceVersion;
      }
    }
  }
}

/**
 * What a merge patch must carry: the changed fields, null for those that are no more, and of `teardown` (whose order
 * may be large and never changes) only its changed fields.
 */
function difference(now: ClusterOperatorStatus, before: ClusterOperatorStatus): Record<string, unknown> {
  const changed = changedFields(now, before);
  return changed.teardown && before.teardown && now.teardown
    ? { ...changed, teardown: changedFields(now.teardown, before.teardown) }
    : changed;
}

function changedFields(now: object, before: object): Record<string, unknown> {
  const old = before as Record<string, unknown>;
  const removed = Object.keys(old).flatMap((key) => (key in now ? [] : [[key, null] as const]));
  const changed = Object.entries(now).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(old[key]));
  return Object.fromEntries([...removed, ...changed]);
}

/** What a status says, without the words that change by the passing of time alone: of those the wait they tell of. */
function gistOf({ blocker, conditions, teardown, ...rest }: ClusterOperatorStatus, wait: Blocker | undefined): string {
  return JSON.stringify({
    ...rest,
    words: wait ? [wait.reason, wait.object] : [blocker, conditions?.map(({ message }) => message)],
    conditions: conditions?.map(({ message: _, ...condition }) => condition),
    teardown: teardown && {
      ...teardown,
      objects: teardown.objects.map(({ blocker: text, ...object }) =>
        object.reason === undefined ? { ...object, text } : object,
      ),
    },
  });
}
