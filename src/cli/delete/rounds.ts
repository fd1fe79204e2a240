/**
 * Carries a deletion out: looks around, plans, tears down; begins anew with a new plan when something joins late; looks
 * again at the end for what came meanwhile. Says at every step how things stand, and ends in one of few ways, each of
 * which is a value.
 */
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster, Watch } from '../../cluster/port.ts';
import type { BookendError } from '../../errors.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import { clusterOperatorKind } from '../../resource/cluster-operator.ts';
import type { FailedHook } from '../../teardown/failed-hooks.ts';
import { mayHaveDependents } from '../../teardown/kinds.ts';
import type { TeardownPolicy } from '../../teardown/policy.ts';
import { findingsOf, runTeardown } from '../../teardown/run.ts';
import { type Interruption, inTime } from './in-time.ts';
import { isSettled, Ledger } from './ledger.ts';
import { lookAround } from './look-around.ts';
import type { Ended, Outcome } from './outcome.ts';
import { planWithOrder } from './plan-with-order.ts';
import { RefusalTracker } from './refusal-tracker.ts';
import { insideOf, isClusterOperator, type ReportedTeardown } from './reported-teardown.ts';
import { noVanishedOwners, type VanishedOwners } from './vanished-owners.ts';

export type RoundsOptions = {
  cluster: Cluster;
  clock: Clock;
  /** The objects as they are now, by selection; asked again at the end. */
  select(): Promise<KubernetesObject[][]>;
  /**
   * What had gone before all of this began, of which something is left. Its owners are among what `select` gives at
   * first.
   */
  departed: VanishedOwners;
  /** Names of the selections where each must be gone before the next; absent when their order is free. */
  order?: string[];
  policy: TeardownPolicy;
  /** For the whole, in ms; 0: as long as it takes. */
  timeoutMs: number;
  /** Aborted when the person wants it to end. */
  signal: AbortSignal;
  /** Told whenever something may have changed, at least once a second. */
  onProgress(ledger: Ledger, now: Instant): void;
  /** Told of something worth a line of its own. */
  onNote(text: string): void;
};

/**
 * Rights that were granted a moment ago may not be known to the API server yet; after this long, in ms, they are
 * missing.
 */
const rightsPatienceMs = 5_000;
/** Things that come again after so many rounds will always come again. */
const mostRounds = 10;
/** The Event about a hook may come a little after the end of its Pod, in ms. */
const eventsLateMs = 250;

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #witness: RefusalTracker;
  readonly #ledger = new Ledger();
  readonly #insides = new Map<ObjectId, ReportedTeardown>();
  readonly #startedAt: Instant;
  readonly #failedHooks = new Map<string, FailedHook>();
  readonly #notSeen = new Set<string>();
  readonly #toldOfUsers = new Set<ObjectId>();
  #operators: Watch | undefined;
  #plan: Plan | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#witness = new RefusalTracker(options.cluster, options.clock, (id) => this.#ledger.accepted(id, options.clock.now()));
  }

  /**
   * @throws BookendError when the cluster cannot be read, or the objects need each other in a circle. Nothing was
   * deleted then in the first round.
   */
  async run(): Promise<Outcome> {
    try {
      return this.#outcome(await this.#rounds());
    } finally {
      this.#operators?.close();
    }
  }

  async #rounds(): Promise<Ended> {
    let selected = await this.#inTime(this.#options.select());
    for (let round = 1; ; round++) {
      if ('how' in selected) return selected;
      const fresh = selected.map((objects) => objects.filter((object) => this.#isNew(object)));
      const departed = round === 1 ? this.#options.departed : noVanishedOwners;
      if (fresh.flat().length + departed.pods.length === 0) return { how: 'done' };
      if (round > mostRounds) return { how: 'recreated', objects: fresh.flat().map(idOf) };
      if (round > 1) this.#options.onNote(`${list(fresh.flat().map(idOf))} appeared during the deletion: deleting it too`);
      const ended = await this.#round(fresh, departed);
      if (ended.how !== 'done') return ended;
      selected = await this.#inTime(this.#options.select());
    }
  }

  /** One round with as many plans as newcomers make necessary. */
  #round(selected: KubernetesObject[][], departed: VanishedOwners): Promise<Ended> {
    const { clock, policy, onProgress, onNote } = this.#options;
    let objects = selected.flat();
    return runTeardown<Ended>({
      cluster: this.#witness.cluster,
      clock,
      startedAt: this.#startedAt,
      policy: () => policy,
      look: async (newcomers) => {
        if (newcomers.length > 0) onNote(`${list(newcomers.map(idOf))} appeared during the deletion: planning again`);
        const found = await this.#inTime(lookAround(this.#witness.cluster, [...objects, ...newcomers], departed));
        if ('how' in found) return { end: found };
        objects = found.objects;
        for (const text of found.reach.notSeen) this.#notSeen.add(text);
        const plan = planWithOrder(found, selected, this.#options.order);
        this.#plan = plan;
        if (objects.some(isClusterOperator)) this.#watchOperators();
        return { plan, found: findingsOf(found) };
      },
      within: async (round) => {
        const end = await this.#inTime(round);
        return end.how === 'timeout' || end.how === 'interrupted' ? { how: 'ended', end } : end;
      },
      onDecision: (decision, { plan }) => {
        this.#ledger.record(plan, decision, this.#insides, clock.now());
        for (const { id, inSpiteOf } of decision.states) if (inSpiteOf !== undefined) this.#tellOfUsers(id, inSpiteOf);
        onProgress(this.#ledger, clock.now());
        const refused = decision.done ? undefined : this.#refusal(plan);
        return refused && { how: 'refused', error: refused };
      },
      onForced: (action) => {
        if (action.type !== 'confirm') onNote(`forced: ${action.type} ${describeId(action.step)}`);
      },
      eventsLateMs: ({ plan }) =>
        plan.steps.some(({ ref, mode }) => mode === 'delete' && mayHaveDependents(ref)) ? eventsLateMs : 0,
      onRoundOver: ({ failedHooks, notSeen }) => {
        for (const hook of failedHooks()) this.#failedHooks.set(`${hook.namespace}/${hook.pod} ${hook.message}`, hook);
        for (const text of notSeen()) this.#notSeen.add(text);
      },
      whenGone: async () => ({ how: 'done' }),
    });
  }

  /** Objects that were made again since, or that were not there before; what was kept or passed is left alone. */
  #isNew(object: KubernetesObject): boolean {
    const entry = this.#ledger.entries().find(({ id }) => id === idOf(object));
    return entry === undefined || entry.state === 'Gone';
  }

  /**
   * Nothing can go on: each object whose turn it is has been refused for a while, or what must be watched may not be.
   */
  #refusal(plan: Plan): BookendError | undefined {
    const now = this.#options.clock.now();
    const isOld = (refusal: { since: Instant } | undefined) => refusal !== undefined && now - refusal.since >= rightsPatienceMs;
    const watch = this.#witness.refusedWatch();
    if (watch && isOld(watch)) return watch.error;
    const ids = new Set(plan.steps.map(({ id }) => id));
    const open = this.#ledger
      .entries()
      .filter((entry) => ids.has(entry.id) && !isSettled(entry) && entry.inTurn && !entry.inside);
    const refusals = open.map(({ id }) => this.#witness.refusedDelete(id));
    return refusals.length > 0 && refusals.every(isOld) ? refusals[0]?.error : undefined;
  }

  /** Once for each object that its users lose. */
  #tellOfUsers(id: ObjectId, text: string): void {
    if (this.#toldOfUsers.has(id)) return;
    this.#toldOfUsers.add(id);
    this.#options.onNote(`${describeId(id)} is deleted all the same: ${text}`);
  }

  #watchOperators(): void {
    const keep = (object: KubernetesObject) => {
      if (object.metadata.deletionTimestamp !== undefined) this.#insides.set(idOf(object), insideOf(object));
    };
    this.#operators ??= this.#options.cluster.watch(clusterOperatorKind, {
      replace: (objects) => objects.forEach(keep),
      changed: keep,
      removed: keep,
    });
  }

  /** The same, unless the time is over or the person wants an end first. */
  #inTime<T extends object>(work: Promise<T>): Promise<T | Interruption> {
    const { clock, signal, timeoutMs } = this.#options;
    return inTime(work, { clock, signal, ...(timeoutMs > 0 && { until: this.#startedAt + timeoutMs }) });
  }

  #outcome(ended: Ended): Outcome {
    for (const [id, { failedHooks, notSeen }] of this.#insides) {
      if (!this.#ledger.has(id)) continue;
      for (const { pod, message } of failedHooks) {
        const [namespace = '', name = ''] = pod.split('/');
        this.#failedHooks.set(`${pod} ${message}`, { namespace, pod: name, message, count: 1 });
      }
      for (const text of notSeen) this.#notSeen.add(text);
    }
    return {
      ended,
      ledger: this.#ledger,
      ...(this.#plan && { plan: this.#plan }),
      startedAt: this.#startedAt,
      endedAt: this.#options.clock.now(),
      failedHooks: [...this.#failedHooks.values()],
      notSeen: [...this.#notSeen],
    };
  }
}

function list(ids: ObjectId[]): string {
  const shown = ids.slice(0, 3).map(describeId).join(', ');
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}
