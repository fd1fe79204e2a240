/**
 * One teardown being carried out: gather → decide → act, again and again, until nothing is left. The same code runs in
 * the operator, in the hook Job and on the command line; what differs is only where the plan is kept and who is told.
 *
 * Nothing in here needs to survive a crash: the plan and the start time are handed in, everything else is read from the
 * cluster.
 *
 *            every watch event, answer, retry and second
 *                          │
 *                          ▼
 *     ClusterView ──seen──► decide ──┬─ reads ──► CurrentReads ──┐
 *          ▲                  │      └─ writes ─► Dispatcher ────┤ what failed: Retries
 *          └──────────────────┼──────────────────────────────────┘
 *                             │ nothing is left that may have Pods
 *                             ▼
 *     Running ─────► ReadingHooks ─────► HooksRead ─────► Ended
 *        ▲                │   the Events of      │  done
 *        └────────────────┴── failed hooks ──────┘
 *           something may have Pods again            any state ── close() ──► Closed
 *
 * Until `after` has resolved nothing is sent, and if it fails, nothing ever is.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import { type Coalesced, coalesce } from '../cluster/coalesce.ts';
import { Dispatcher } from '../cluster/dispatch.ts';
import type { Cluster } from '../cluster/port.ts';
import { Retries } from '../cluster/retries.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { act } from './act.ts';
import { CurrentReads } from './current-reads.ts';
import { type Action, type Decision, decide, type Write } from './decide.ts';
import { isRead, keyOf } from './decision.ts';
import type { FailedHook } from './failed-hooks.ts';
import { ClusterView } from './gather.ts';
import { mayHaveDependents } from './kinds.ts';
import type { TeardownPolicy } from './policy.ts';
import { builtInReach, joined, type Reach } from './reach.ts';
import type { Seen } from './seen.ts';
import { isThere } from './step-input.ts';
import { WaitTimes } from './wait-times.ts';

export type TeardownOptions = {
  cluster: Cluster;
  clock: Clock;
  plan: Plan;
  reach: Reach;
  stepByUid: ReadonlyMap<string, ObjectId>;
  /** See `ClusterViewOptions`. */
  looseByUid?: ReadonlyMap<string, ObjectId>;
  /** See `ClusterViewOptions`. */
  childByUid?: ReadonlyMap<string, ObjectId>;
  policy: TeardownPolicy;
  startedAt: Instant;
  /** See `ClusterViewOptions`. */
  rights?: ReadonlyMap<ObjectId, readonly ObjectId[]>;
  /** See `ClusterViewOptions`. */
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
  /** Told when nothing is left, while Events are still read. It may happen more than once, and need not happen. */
  beforeGone?(): void;
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
/**
 * How long an accepted write may take to show in the watch before it is sent once more (it is harmless: it names the
 * UID), in ms.
 */
const acceptedMs = 5_000;
/** From so many steps on a decision costs enough to let events gather before it, for so long, in ms. */
const largePlan = 200;
const gatherMs = 10;
/**
 * The same while more writes wait than may be under way at once, and nothing new has come: another decision could only
 * add to them. A decision looks at every object, so with thousands it would cost more than the deletes.
 */
const gatherWhileFullMs = 100;

type State = 'Running' | 'ReadingHooks' | 'HooksRead' | 'Ended' | 'Closed';

export class Teardown {
  readonly #options: TeardownOptions;
  readonly #view: ClusterView;
  readonly #retries: Retries<ObjectId>;
  readonly #reads: CurrentReads;
  readonly #writes: Dispatcher<Write, ObjectId>;
  readonly #waits = new WaitTimes();
  /** What the API server has answered to be gone: the watch may show it a little longer. */
  readonly #goneUids = new Set<string>();
  readonly #decision: Coalesced;
  #state: State = 'Running';
  /** `beforeGone` was told. */
  #isLastLook = false;
  #mayWrite: boolean;
  /** Something has come since the last decision that may need what is about to be deleted. */
  #hasNews = false;
  #beat: (() => void) | undefined;

  /** Begins at once. */
  constructor(options: TeardownOptions) {
    this.#options = options;
    const { cluster, clock, plan, after } = options;
    const onChange = (isNew = false) => {
      this.#hasNews ||= isNew;
      this.#soon();
    };
    // What the plan knows may be gone before the survey was made, and have left Pods where nothing else is.
    const planned = plan.steps.filter((step) => step.mode === 'delete').map((step) => step.ref);
    const reach = joined(options.reach, builtInReach(planned));
    const isLarge = plan.steps.length > largePlan;
    const gather = options.gatherMs ?? (isLarge ? gatherMs : 0);
    this.#decision = coalesce(
      clock,
      isLarge ? () => (this.#writes.isFull && !this.#hasNews ? gatherWhileFullMs : gather) : gather,
      () => this.#step(),
    );
    this.#view = new ClusterView({ ...options, reach, onChange });
    this.#retries = new Retries(clock, onChange);
    this.#reads = new CurrentReads({
      ...{ cluster, clock, plan, reach, onChange },
      ...{ view: this.#view, retries: this.#retries, goneUids: this.#goneUids },
    });
    this.#writes = new Dispatcher<Write, ObjectId>({
      clock,
      retries: this.#retries,
      keyOf,
      subjectOf: ({ step }) => step,
      run: (action) => this.#write(action),
      onChange,
    });
    this.#mayWrite = after === undefined;
    if (after) void this.#writeAfter(after);
    this.#soon();
  }

  /** The preStop hooks that failed so far. */
  failedHooks(): FailedHook[] {
    return this.#view.failedHooks();
  }

  /** What this run cannot notice, in words. */
  notSeen(): string[] {
    const hooks = this.#view.unseenHooks();
    return hooks === undefined ? [] : [`failed preStop hooks: ${hooks}`];
  }

  /** Looks and acts no more. What was sent is not taken back. */
  close(): void {
    if (this.#state === 'Closed') return;
    this.#state = 'Closed';
    this.#writes.close();
    this.#retries.close();
    this.#decision.close();
    this.#beat?.();
    this.#view.close();
  }

  get #isOver(): boolean {
    return this.#state === 'Ended' || this.#state === 'Closed';
  }

  async #writeAfter(first: Promise<unknown>): Promise<void> {
    try {
      await first;
    } catch {
      return; // Whoever gave it is told by it, and closes this.
    }
    this.#mayWrite = true;
    this.#soon();
  }

  /** Many events arrive together; one decision serves them all. */
  #soon(): void {
    if (!this.#isOver) this.#decision.soon();
  }

  #step(): void {
    if (this.#isOver) return;
    const { clock, plan, policy, startedAt, onDecision } = this.#options;
    this.#hasNews = false;
    const seen = this.#look();
    if (seen.synced && this.#tellNewcomers() === 'Closed') return;
    const decision = decide(plan, seen, policy, startedAt, clock.now());
    if (!this.#isConclusive(decision)) return;
    this.#remember(decision, seen);
    onDecision(decision);
    if (this.#isOver) return;
    this.#start(decision.actions);
    this.#beat?.();
    this.#beat = clock.after(heartbeatMs, () => this.#soon());
  }

  /** @returns the state afterwards: whoever is told of newcomers may close this */
  #tellNewcomers(): State {
    const { onNewcomers } = this.#options;
    const newcomers = onNewcomers ? this.#view.newcomers() : [];
    if (newcomers.length > 0) onNewcomers?.(newcomers);
    return this.#state;
  }

  /**
   * The last Pod may be shown as gone before the Event of its failed hook is: nothing is called clean before that was
   * looked up.
   */
  #isConclusive(decision: Decision): boolean {
    if (!this.#arePodsOver(decision)) this.#state = 'Running';
    else if (this.#state === 'Running') void this.#readHooks();
    if (!decision.done) {
      this.#isLastLook = false;
      return true;
    }
    if (this.#state === 'HooksRead') {
      this.#state = 'Ended';
      return true;
    }
    if (!this.#isLastLook) this.#options.beforeGone?.();
    this.#isLastLook = true;
    return false;
  }

  /**
   * What is only to be confirmed counts, as long as no current read has found something of it: that read and the one of
   * the Events go on side by side.
   */
  #arePodsOver({ states, actions }: Decision): boolean {
    const { steps } = this.#options.plan;
    const unconfirmed = new Set(
      actions.flatMap(({ type, step }) => (type === 'confirm' && !this.#reads.found.has(step) ? step : [])),
    );
    return states.every(({ id, state }, index) => {
      const step = steps[index];
      const isOver = state === 'Gone' || state === 'Kept' || state === 'Passed' || unconfirmed.has(id);
      return isOver || (step !== undefined && !mayHaveDependents(step.ref));
    });
  }

  async #readHooks(): Promise<void> {
    this.#state = 'ReadingHooks';
    await this.#view.readFailedHooks();
    if (this.#state === 'ReadingHooks') this.#state = 'HooksRead';
    this.#soon();
  }

  /** What is seen now, after forgetting what the watches have overtaken. */
  #look(): Seen {
    const { confirmed, found, inhabitants } = this.#reads;
    const { turns, uses, alone } = this.#waits;
    const refusals = this.#retries.bySubject();
    const knowledge = { goneUids: this.#goneUids, confirmed, refusals, found, inhabitants, turns, uses, alone };
    const seen = this.#view.seen(knowledge);
    let overtaken = false;
    for (const id of confirmed) {
      const step = seen.steps.get(id);
      // It is there again: when it goes, its Pods must be looked for again.
      if (step && isThere(step)) overtaken = confirmed.delete(id);
    }
    return overtaken ? this.#view.seen(knowledge) : seen;
  }

  #remember({ states, actions }: Decision, seen: Seen): void {
    if (!seen.synced) return;
    this.#waits.note(states, seen, this.#options.clock.now());
    const wanted = new Set(actions.map(keyOf));
    // Why something was passed over stays; so does why a Namespace was not deleted, while it is looked at before the
    // next attempt.
    const meant = new Set([
      ...states.flatMap(({ id, state }) => (state === 'Passed' ? id : [])),
      ...actions.flatMap(({ type, step }) => (type === 'look' ? step : [])),
    ]);
    this.#retries.keepOnly((action, step) => wanted.has(action) || meant.has(step));
  }

  #start(actions: Action[]): void {
    if (!this.#mayWrite) return;
    this.#reads.start(actions.filter(isRead).filter(({ step }) => !this.#writes.isBusy(step)));
    // The watch is often quicker than the answer to our own delete, which will say the same.
    this.#writes.submit(actions.flatMap((action) => (isRead(action) || this.#goneUids.has(action.target.uid) ? [] : action)));
  }

  /** @returns for how long the watch may not show it, in ms */
  async #write(action: Write): Promise<number> {
    const { cluster, onForced } = this.#options;
    try {
      const result = await act(cluster, action);
      if (result === 'gone') this.#goneUids.add(action.target.uid);
      this.#reads.found.delete(action.step);
      if (action.type !== 'delete' && this.#state !== 'Closed') onForced?.(action);
      return result === 'gone' ? 0 : acceptedMs;
    } catch (error) {
      // What is in a Namespace must be looked at once more before its next deletion.
      this.#reads.inhabitants.delete(action.step);
      throw error;
    }
  }
}
