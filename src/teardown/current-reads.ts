/**
 * What the watches cannot tell, read currently: that nothing is left of a step, and what else is in a Namespace. Keeps
 * what was read until something newer is known.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { Retries } from '../cluster/retries.ts';
import { BookendError } from '../errors.ts';
import { describeId, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { type Confirmation, confirmGone, type Judge } from './confirm.ts';
import { keyOf, type Read } from './decision.ts';
import type { ClusterView } from './gather.ts';
import { lookInto } from './inhabitants.ts';
import type { Reach } from './reach.ts';
import type { SeenInhabitants } from './seen.ts';

/** Reads cost little, and what they wait for is mostly a watch that lags, in ms. */
const longestRereadMs = 2_000;
/**
 * How long a kind must not be served before its objects count as gone: an API server that has just started may not know
 * its custom resources yet, in ms.
 */
const unservedMs = 5_000;
/**
 * So many current reads for steps that have just ended go on at a time, as long as each is answered within this, in ms;
 * then one, which others share.
 */
const mostConfirmations = 3;
const quickConfirmationMs = 150;

type CurrentReadsOptions = {
  cluster: Cluster;
  clock: Clock;
  plan: Plan;
  reach: Reach;
  view: ClusterView;
  retries: Retries<ObjectId>;
  /** UIDs that the API server has answered to be gone. */
  goneUids: ReadonlySet<string>;
  /** A read has ended. */
  onChange(): void;
};

export class CurrentReads {
  readonly #options: CurrentReadsOptions;
  /** Steps of which nothing is left. */
  readonly confirmed = new Set<ObjectId>();
  /** What is left of steps of which the watches show nothing. */
  readonly found = new Map<ObjectId, KubernetesObject[]>();
  /** What is in Namespaces besides what goes with them. */
  readonly inhabitants = new Map<ObjectId, SeenInhabitants>();
  readonly #unservedSince = new Map<ObjectId, Instant>();
  readonly #underWay = new Set<ObjectId>();
  #confirmations = 0;
  #lastConfirmationMs = 0;

  constructor(options: CurrentReadsOptions) {
    this.#options = options;
  }

  /** Begins those that are due and not under way. */
  start(reads: readonly Read[]): void {
    const { retries } = this.#options;
    const due = reads.filter(
      (read) =>
        !this.#underWay.has(read.step) && (read.type === 'look' ? retries.mayTryOn(read.step) : retries.mayTry(keyOf(read))),
    );
    const confirms = due.filter(({ type }) => type === 'confirm');
    const most = this.#lastConfirmationMs > quickConfirmationMs ? 1 : mostConfirmations;
    if (confirms.length > 0 && this.#confirmations < most) void this.#confirm(confirms);
    for (const read of due) if (read.type === 'look') void this.#lookInto(read);
  }

  /** A few at a time: whatever else is to be confirmed meanwhile shares the next one. */
  async #confirm(reads: Read[]): Promise<void> {
    const { cluster, plan, clock, reach, view, goneUids, onChange } = this.#options;
    const judge: Judge = {
      kinshipOf: (object) => view.kinshipOf(object),
      isOurs: (step, object) => view.isOurs(step, object),
      isGone: ({ ref }) => ref.uid !== undefined && goneUids.has(ref.uid),
    };
    const ids = new Set(reads.map(({ step }) => step));
    const begun = clock.now();
    for (const id of ids) this.#underWay.add(id);
    this.#confirmations += 1;
    try {
      const steps = plan.steps.filter((step) => ids.has(step.id));
      this.#conclude(reads, await confirmGone(cluster, steps, reach, judge));
    } catch (error) {
      for (const read of reads) this.#failed(read, error);
    }
    for (const id of ids) this.#underWay.delete(id);
    this.#confirmations -= 1;
    this.#lastConfirmationMs = clock.now() - begun;
    onChange();
  }

  #conclude(reads: Read[], { gone, found, unserved }: Confirmation): void {
    for (const read of reads) {
      const { step } = read;
      const left = found.get(step);
      if (left) this.found.set(step, left);
      else this.found.delete(step);
      const isKnown = this.#isServedOrLongUnserved(step, unserved.has(step));
      if (gone.has(step) && isKnown) {
        this.confirmed.add(step);
        this.#options.retries.succeeded(keyOf(read));
      } else this.#failed(read, new BookendError('conflict', left ? stillThere(left) : notServed(step)));
    }
  }

  #isServedOrLongUnserved(step: ObjectId, isUnserved: boolean): boolean {
    const now = this.#options.clock.now();
    const since = isUnserved ? (this.#unservedSince.get(step) ?? now) : undefined;
    if (since === undefined) this.#unservedSince.delete(step);
    else this.#unservedSince.set(step, since);
    return since === undefined || now - since >= unservedMs;
  }

  /** What is in a Namespace besides what goes with it. */
  async #lookInto(read: Read): Promise<void> {
    const { cluster, plan, clock, view, retries, onChange } = this.#options;
    const step = plan.steps.find(({ id }) => id === read.step);
    if (!step) return;
    this.#underWay.add(step.id);
    try {
      const at = clock.now();
      const found = await lookInto(cluster, step.ref, view);
      const isAny = found.count + found.leaving + found.notLooked.length > 0;
      this.inhabitants.set(step.id, { ...found, at, since: (isAny && this.inhabitants.get(step.id)?.since) || at });
      retries.succeeded(keyOf(read));
    } catch (error) {
      this.inhabitants.delete(step.id);
      this.#failed(read, error);
    }
    this.#underWay.delete(step.id);
    onChange();
  }

  #failed(read: Read, error: unknown): void {
    this.#options.retries.failed(keyOf(read), read.step, error, longestRereadMs);
  }
}

function stillThere([first, ...more]: KubernetesObject[]): string {
  const what = first ? describeId(idOf(first)) : 'it';
  return `a current read still finds ${what}${more.length > 0 ? ` and ${more.length} more` : ''}, which the watch does not show`;
}

function notServed(step: ObjectId): string {
  return `${describeId(step)}: the API server does not serve its kind; after 5 s it counts as gone`;
}
