/**
 * One teardown being carried out: gather → decide → act, again and again, until nothing is left. The same code runs in the operator, in the hook Job and
 * on the command line; what differs is only where the plan is kept and who is told.
 *
 * Nothing in here needs to survive a crash: the plan and the start time are handed in, everything else is read from the cluster.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { act } from './act.ts';
import { confirmGone } from './confirm.ts';
import { type Action, type Decision, decide } from './decide.ts';
import type { FailedHook } from './failed-hooks.ts';
import type { PodMark } from './family.ts';
import { Sight } from './gather.ts';
import type { TeardownPolicy } from './policy.ts';
import type { Reach } from './reach.ts';

export type TeardownOptions = {
  cluster: Cluster;
  clock: Clock;
  plan: Plan;
  reach: Reach;
  marks: PodMark[];
  stepByUid: ReadonlyMap<string, ObjectId>;
  policy: TeardownPolicy;
  startedAt: Instant;
  /** See `SightOptions`. */
  clusterOperator?: string;
  /** Told after every decision; `decision.done` ends the teardown. Never called after `close()`. */
  onDecision(decision: Decision): void;
  /** Told of each thing that was forced, after it was done. */
  onForced?(action: Action): void;
  /** Objects that belong to this teardown and came after the plan was made. The teardown must be begun anew with a plan that has them. */
  onNewcomers?(objects: KubernetesObject[]): void;
};

/** At most so many writes under way at once. */
const width = 32;
/** Blockers tell how long they have lasted, and deadlines pass without any event: look again this often, in ms. */
const heartbeatMs = 1_000;
const firstRetryMs = 250;
const longestRetryMs = 15_000;
/** How long an accepted delete may take to show in the watch before it is sent once more (it is harmless: it names the UID), in ms. */
const acceptedMs = 5_000;
/** From so many steps on a decision costs enough to let more events gather before it. */
const largePlan = 200;

type Write = Exclude<Action, { type: 'confirm' }>;

export class Teardown {
  readonly #options: TeardownOptions;
  readonly #sight: Sight;
  readonly #goneUids = new Set<string>();
  readonly #confirmed = new Set<ObjectId>();
  readonly #refusals = new Map<ObjectId, { text: string; since: Instant; tries: number; notBefore: Instant }>();
  readonly #underWay = new Set<string>();
  /** Writes that were accepted, but which the watch may not show yet: not to be sent again before then. */
  readonly #hiddenUntil = new Map<string, Instant>();
  #queue: Write[] = [];
  #due: (() => void) | undefined;
  #beat: (() => void) | undefined;
  #closed = false;

  /** Begins at once. */
  constructor(options: TeardownOptions) {
    this.#options = options;
    this.#sight = new Sight({ ...options, onChange: () => this.#soon() });
    this.#soon();
  }

  /** The preStop hooks that failed so far. */
  failedHooks(): FailedHook[] {
    return this.#sight.failedHooks();
  }

  /** Looks and acts no more. What was sent is not taken back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#due?.();
    this.#beat?.();
    this.#sight.close();
  }

  /** Many events arrive together; one decision serves them all. */
  #soon(): void {
    if (this.#closed || this.#due) return;
    const { clock, plan } = this.#options;
    this.#due = clock.after(plan.steps.length > largePlan ? 10 : 0, () => {
      this.#due = undefined;
      this.#step();
    });
  }

  #step(): void {
    if (this.#closed) return;
    const { clock, plan, policy, startedAt, onDecision, onNewcomers } = this.#options;
    const seen = this.#sight.seen({ goneUids: this.#goneUids, confirmed: this.#confirmed, refusals: this.#refusals });
    const newcomers = seen.synced && onNewcomers ? this.#sight.newcomers() : [];
    if (newcomers.length > 0) {
      onNewcomers?.(newcomers);
      if (this.#closed) return;
    }
    const decision = decide(plan, seen, policy, startedAt, clock.now());
    onDecision(decision);
    if (this.#closed || decision.done) return;
    this.#start(decision.actions);
    this.#beat?.();
    this.#beat = clock.after(heartbeatMs, () => this.#soon());
  }

  /** Actions of an older decision that found no place are dropped: the newer decision has them again, or knows better. */
  #start(actions: Action[]): void {
    const now = this.#options.clock.now();
    const due = actions.filter((action) => {
      const key = keyOf(action);
      if (this.#underWay.has(key) || (this.#hiddenUntil.get(key) ?? 0) > now) return false;
      return (this.#refusals.get(action.step)?.notBefore ?? 0) <= now;
    });
    const confirms = due.filter((action) => action.type === 'confirm');
    if (confirms.length > 0) void this.#confirm(confirms);
    this.#queue = due.filter((action) => action.type !== 'confirm');
    this.#fill();
  }

  #fill(): void {
    while (!this.#closed && this.#underWay.size < width) {
      const next = this.#queue.shift();
      if (!next) return;
      void this.#write(next);
    }
  }

  async #write(action: Write): Promise<void> {
    const key = keyOf(action);
    this.#underWay.add(key);
    try {
      const result = await act(this.#options.cluster, action);
      if (result === 'gone') this.#goneUids.add(action.target.uid);
      else this.#hiddenUntil.set(key, this.#options.clock.now() + acceptedMs);
      this.#refusals.delete(action.step);
      if (action.type !== 'delete' && !this.#closed) this.#options.onForced?.(action);
    } catch (error) {
      this.#refused([action.step], error);
    }
    this.#underWay.delete(key);
    this.#fill();
    this.#soon();
  }

  async #confirm(actions: Action[]): Promise<void> {
    const { cluster, plan, reach } = this.#options;
    const ids = new Set(actions.map((action) => action.step));
    for (const action of actions) this.#underWay.add(keyOf(action));
    try {
      const steps = plan.steps.filter((step) => ids.has(step.id));
      const gone = await confirmGone(cluster, steps, reach, (object) => this.#sight.stepOf(object));
      for (const id of gone) {
        this.#confirmed.add(id);
        this.#refusals.delete(id);
      }
      const living = [...ids].filter((id) => !gone.has(id));
      if (living.length > 0)
        this.#refused(living, new BookendError('conflict', 'the watch lags behind: a current read still finds it or its Pods'));
    } catch (error) {
      this.#refused([...ids], error);
    }
    for (const action of actions) this.#underWay.delete(keyOf(action));
    this.#soon();
  }

  #refused(steps: ObjectId[], error: unknown): void {
    const now = this.#options.clock.now();
    const text = error instanceof Error ? error.message : String(error);
    for (const id of steps) {
      const before = this.#refusals.get(id);
      const tries = (before?.tries ?? 0) + 1;
      const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** (tries - 1));
      this.#refusals.set(id, { text, since: before?.since ?? now, tries, notBefore: now + wait });
      this.#options.clock.after(wait, () => this.#soon());
    }
  }
}

function keyOf(action: Action): string {
  return action.type === 'confirm' ? `confirm ${action.step}` : `${action.type} ${action.target.uid}`;
}
