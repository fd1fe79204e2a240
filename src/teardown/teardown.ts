/**
 * One teardown being carried out: gather → decide → act, again and again, until nothing is left. The same code runs in
 * the operator, in the hook Job and on the command line; what differs is only where the plan is kept and who is told.
 *
 * Nothing in here needs to survive a crash: the plan and the start time are handed in, everything else is read from the
 * cluster.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import { type Coalesced, coalesce } from '../cluster/coalesce.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { describeId, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { act } from './act.ts';
import { type Confirmation, confirmGone } from './confirm.ts';
import { type Action, type Decision, decide, type Read, type Write } from './decide.ts';
import type { FailedHook } from './failed-hooks.ts';
import { ClusterView } from './gather.ts';
import { lookInto } from './inhabitants.ts';
import type { TeardownPolicy } from './policy.ts';
import { builtInReach, joined, type Reach } from './reach.ts';
import { Refusals } from './refusals.ts';
import type { Seen, SeenInhabitants } from './seen.ts';
import { isThere } from './step-input.ts';
import { UseTimes } from './use-times.ts';
import { WriteSlots } from './write-slots.ts';

export type TeardownOptions = {
  cluster: Cluster;
  clock: Clock;
  plan: Plan;
  reach: Reach;
  stepByUid: ReadonlyMap<string, ObjectId>;
  /** See `SightOptions`. */
  childByUid?: ReadonlyMap<string, ObjectId>;
  policy: TeardownPolicy;
  startedAt: Instant;
  /** See `SightOptions`. */
  rights?: ReadonlyMap<ObjectId, readonly ObjectId[]>;
  /** See `SightOptions`. */
  clusterOperator?: string;
  /** How long a decision lets events gather before it, in ms. Default 0 for small plans, 10 for large ones. */
  gatherMs?: number;
  /**
   * What must have happened before the first act: the order is on record, for example. The cluster is read meanwhile.
   * If it fails, nothing is done at all.
   */
  after?: Promise<unknown>;
  /** Told after every decision; `decision.done` ends the teardown. Never called after `close()`. */
  onDecision(decision: Decision): void;
  /** Told of each thing that was forced, after it was done. */
  onForced?(action: Action): void;
  /**
   * Objects that belong to this teardown and came after the plan was made. The teardown must be begun anew with a plan
   * that has them.
   */
  onNewcomers?(objects: KubernetesObject[]): void;
};

/** Blockers tell how long they have lasted, and deadlines pass without any event: look again this often, in ms. */
const heartbeatMs = 1_000;
const longestRetryMs = 15_000;
/** Reads cost little, and what they wait for is mostly a watch that lags, in ms. */
const longestRereadMs = 2_000;
/**
 * How long an accepted write may take to show in the watch before it is sent once more (it is harmless: it names the
 * UID), in ms.
 */
const acceptedMs = 5_000;
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
/** From so many steps on a decision costs enough to let events gather before it, for so long, in ms. */
const largePlan = 200;
const gatherMs = 10;

export class Teardown {
  readonly #options: TeardownOptions;
  readonly #reach: Reach;
  readonly #sight: ClusterView;
  readonly #goneUids = new Set<string>();
  readonly #confirmed = new Set<ObjectId>();
  readonly #found = new Map<ObjectId, KubernetesObject[]>();
  readonly #unservedSince = new Map<ObjectId, Instant>();
  readonly #inhabitants = new Map<ObjectId, SeenInhabitants>();
  readonly #turns = new Map<ObjectId, Instant>();
  readonly #uses = new UseTimes();
  readonly #refusals = new Refusals();
  readonly #places: WriteSlots;
  readonly #underWay = new Set<string>();
  /** Writes under way, by step. */
  readonly #writing = new Map<ObjectId, number>();
  /** Writes that were accepted, but which the watch may not show yet: not to be sent again before then. */
  readonly #hiddenUntil = new Map<string, Instant>();
  #queue: Write[] = [];
  /** Steps that are being confirmed, and in how many reads. */
  readonly #confirming = new Set<ObjectId>();
  #confirmations = 0;
  #lastConfirmationMs = 0;
  #mayAct = true;
  #readingHooks = false;
  #hooksAreRead = false;
  readonly #decision: Coalesced;
  #beat: (() => void) | undefined;
  #ended = false;
  #closed = false;

  /** Begins at once. */
  constructor(options: TeardownOptions) {
    this.#options = options;
    // What the plan knows may be gone before the survey was made, and have left Pods where nothing else is.
    const planned = options.plan.steps.filter((step) => step.mode === 'delete').map((step) => step.ref);
    this.#reach = joined(options.reach, builtInReach(planned));
    this.#places = new WriteSlots(options.clock, () => this.#fill());
    const gather = options.gatherMs ?? (options.plan.steps.length > largePlan ? gatherMs : 0);
    this.#decision = coalesce(options.clock, gather, () => this.#step());
    this.#sight = new ClusterView({ ...options, reach: this.#reach, onChange: () => this.#soon() });
    if (options.after) void this.#actAfter(options.after);
    this.#soon();
  }

  /** The preStop hooks that failed so far. */
  failedHooks(): FailedHook[] {
    return this.#sight.failedHooks();
  }

  /** What this run cannot notice, in words. */
  notSeen(): string[] {
    const hooks = this.#sight.unseenHooks();
    return hooks === undefined ? [] : [`failed preStop hooks: ${hooks}`];
  }

  /** Looks and acts no more. What was sent is not taken back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#decision.close();
    this.#beat?.();
    this.#sight.close();
  }

  get #isOver(): boolean {
    return this.#ended || this.#closed;
  }

  async #actAfter(first: Promise<unknown>): Promise<void> {
    this.#mayAct = false;
    try {
      await first;
    } catch {
      return; // Whoever gave it is told by it, and closes this.
    }
    this.#mayAct = true;
    this.#soon();
  }

  /** Many events arrive together; one decision serves them all. */
  #soon(): void {
    if (!this.#isOver) this.#decision.soon();
  }

  #step(): void {
    if (this.#isOver) return;
    const { clock, plan, policy, startedAt, onDecision, onNewcomers } = this.#options;
    const seen = this.#look();
    const newcomers = seen.synced && onNewcomers ? this.#sight.newcomers() : [];
    if (newcomers.length > 0) {
      onNewcomers?.(newcomers);
      if (this.#closed) return;
    }
    const decision = decide(plan, seen, policy, startedAt, clock.now());
    if (!decision.done) this.#hooksAreRead = false;
    else if (!this.#hooksAreRead) {
      void this.#readHooks();
      return;
    }
    this.#ended = decision.done;
    this.#remember(decision, seen);
    onDecision(decision);
    if (this.#isOver) return;
    this.#start(decision.actions);
    this.#lookAgainLater();
  }

  /** When the next refused action may be tried again, and at the next heartbeat at the latest. */
  #lookAgainLater(): void {
    const { clock } = this.#options;
    this.#beat?.();
    this.#beat = clock.after(Math.min(heartbeatMs, this.#refusals.nextTryIn(clock.now())), () => this.#soon());
  }

  /**
   * The last Pod may be shown as gone before the Event of its failed hook is: nothing is called clean before that was
   * looked up.
   */
  async #readHooks(): Promise<void> {
    if (this.#readingHooks) return;
    this.#readingHooks = true;
    await this.#sight.readFailedHooks();
    this.#readingHooks = false;
    this.#hooksAreRead = true;
    this.#soon();
  }

  /** What is seen now, after forgetting what the watches have overtaken. */
  #look(): Seen {
    const knowledge = {
      goneUids: this.#goneUids,
      confirmed: this.#confirmed,
      refusals: this.#refusals.byStep(),
      found: this.#found,
      inhabitants: this.#inhabitants,
      turns: this.#turns,
      uses: this.#uses.since,
    };
    const seen = this.#sight.seen(knowledge);
    let overtaken = false;
    for (const id of this.#confirmed) {
      const step = seen.steps.get(id);
      // It is there again: when it goes, its Pods must be looked for again.
      if (step && isThere(step)) overtaken = this.#confirmed.delete(id);
    }
    return overtaken ? this.#sight.seen(knowledge) : seen;
  }

  #remember({ states, actions }: Decision, seen: Seen): void {
    if (!seen.synced) return;
    const now = this.#options.clock.now();
    this.#uses.note(states, seen, now);
    for (const { id, state, isUsed } of states) {
      if (state === 'Waiting' || isUsed) this.#turns.delete(id);
      else if (!this.#turns.has(id)) this.#turns.set(id, now);
    }
    const wanted = new Set(actions.map(keyOf));
    // Why something was passed over stays; so does why a Namespace was not deleted, while it is looked at before the
    // next attempt.
    const meant = new Set([
      ...states.flatMap(({ id, state }) => (state === 'Passed' ? id : [])),
      ...actions.flatMap(({ type, step }) => (type === 'look' ? step : [])),
    ]);
    this.#refusals.keepOnly((action, step) => wanted.has(action) || meant.has(step));
  }

  /**
   * Actions of an older decision that found no place are dropped: the newer decision has them again, or knows better.
   */
  #start(actions: Action[]): void {
    if (!this.#mayAct) return;
    const now = this.#options.clock.now();
    const due = actions.filter((action) => {
      // The watch is often quicker than the answer to our own delete, which will say the same.
      if (isRead(action) ? this.#isBusy(action.step) : this.#goneUids.has(action.target.uid)) return false;
      const key = keyOf(action);
      if (this.#underWay.has(key) || (this.#hiddenUntil.get(key) ?? 0) > now) return false;
      return action.type === 'look' ? this.#refusals.mayTryStep(action.step, now) : this.#refusals.mayTry(key, now);
    });
    const confirms = due.filter((action) => action.type === 'confirm');
    const most = this.#lastConfirmationMs > quickConfirmationMs ? 1 : mostConfirmations;
    if (confirms.length > 0 && this.#confirmations < most) void this.#confirm(confirms);
    for (const action of due) if (action.type === 'look') void this.#lookInto(action);
    this.#queue = due.filter((action) => !isRead(action));
    this.#fill();
  }

  #isBusy(step: ObjectId): boolean {
    return this.#writing.has(step) || this.#confirming.has(step);
  }

  #fill(): void {
    while (!this.#isOver && this.#places.areFree) {
      const next = this.#queue.shift();
      if (!next) return;
      void this.#write(next);
    }
  }

  async #write(action: Write): Promise<void> {
    const key = keyOf(action);
    const { cluster, clock } = this.#options;
    this.#underWay.add(key);
    this.#writing.set(action.step, (this.#writing.get(action.step) ?? 0) + 1);
    const leave = this.#places.take();
    let isDone = false;
    try {
      const result = await act(cluster, action);
      isDone = true;
      if (result === 'gone') this.#goneUids.add(action.target.uid);
      else this.#hiddenUntil.set(key, clock.now() + acceptedMs);
      this.#refusals.clear(key);
      this.#found.delete(action.step);
    } catch (error) {
      this.#refused(action, error, longestRetryMs);
      // What is in a Namespace must be looked at once more before its next deletion.
      this.#inhabitants.delete(action.step);
    }
    this.#underWay.delete(key);
    this.#written(action.step);
    leave();
    if (isDone && action.type !== 'delete' && !this.#closed) this.#options.onForced?.(action);
    this.#fill();
    this.#soon();
  }

  #written(step: ObjectId): void {
    const left = (this.#writing.get(step) ?? 1) - 1;
    if (left > 0) this.#writing.set(step, left);
    else this.#writing.delete(step);
  }

  /** A few at a time: whatever else is to be confirmed meanwhile shares the next one. */
  async #confirm(actions: Action[]): Promise<void> {
    const { cluster, plan, clock } = this.#options;
    const ids = new Set(actions.map((action) => action.step));
    const begun = clock.now();
    for (const id of ids) this.#confirming.add(id);
    this.#confirmations += 1;
    try {
      const steps = plan.steps.filter((step) => ids.has(step.id));
      this.#conclude(actions, await confirmGone(cluster, steps, this.#reach, this.#sight));
    } catch (error) {
      for (const action of actions) this.#refused(action, error, longestRereadMs);
    }
    for (const id of ids) this.#confirming.delete(id);
    this.#confirmations -= 1;
    this.#lastConfirmationMs = clock.now() - begun;
    this.#soon();
  }

  /** What is in a Namespace besides what goes with it. */
  async #lookInto(action: Read): Promise<void> {
    const { cluster, plan, clock } = this.#options;
    const step = plan.steps.find(({ id }) => id === action.step);
    if (!step) return;
    this.#confirming.add(step.id);
    try {
      const at = clock.now();
      const found = await lookInto(cluster, step.ref, this.#sight);
      const isAny = found.count + found.leaving + found.notLooked.length > 0;
      this.#inhabitants.set(step.id, { ...found, at, since: (isAny && this.#inhabitants.get(step.id)?.since) || at });
      this.#refusals.clear(keyOf(action));
    } catch (error) {
      this.#inhabitants.delete(step.id);
      this.#refused(action, error, longestRereadMs);
    }
    this.#confirming.delete(step.id);
    this.#soon();
  }

  #conclude(actions: Action[], { gone, found, unserved }: Confirmation): void {
    const now = this.#options.clock.now();
    for (const action of actions) {
      const { step } = action;
      const left = found.get(step);
      if (left) this.#found.set(step, left);
      else this.#found.delete(step);
      if (!unserved.has(step)) this.#unservedSince.delete(step);
      else if (!this.#unservedSince.has(step)) this.#unservedSince.set(step, now);
      const isSure = now - (this.#unservedSince.get(step) ?? 0) >= unservedMs;
      if (gone.has(step) && isSure) {
        this.#confirmed.add(step);
        this.#refusals.clear(keyOf(action));
      } else {
        const text = left ? stillThere(left) : notServed(step);
        this.#refused(action, new BookendError('conflict', text), longestRereadMs);
      }
    }
  }

  #refused(action: Action, error: unknown, longestMs: number): void {
    this.#refusals.add(keyOf(action), action.step, error, this.#options.clock.now(), longestMs);
  }
}

function keyOf(action: Action): string {
  return isRead(action) ? `${action.type} ${action.step}` : `${action.type} ${action.target.uid}`;
}

function isRead(action: Action): action is Read {
  return action.type === 'confirm' || action.type === 'look';
}

function stillThere([first, ...more]: KubernetesObject[]): string {
  const what = first ? describeId(idOf(first)) : 'it';
  return `a current read still finds ${what}${more.length > 0 ? ` and ${more.length} more` : ''}, which the watch does not show`;
}

function notServed(step: ObjectId): string {
  return `${describeId(step)}: its kind is not served at present; if that lasts it counts as gone`;
}
