/**
 * Carries a deletion out: looks around, plans, tears down; begins anew with a new plan when something joins late; looks
 * again at the end for what came meanwhile. Says at every step how things stand, and ends in one of few ways, each of
 * which is a value.
 */
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { TeardownPolicy } from '../../teardown/policy.ts';
import { findingsOf, runTeardown } from '../../teardown/run.ts';
import { type Interruption, inTime } from './in-time.ts';
import type { Ledger } from './ledger.ts';
import { lookAround } from './look-around.ts';
import { Observer } from './observer.ts';
import type { Ended, Outcome } from './outcome.ts';
import { planWithOrder } from './plan-with-order.ts';
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

/** Things that come again after so many rounds will always come again. */
const mostRounds = 10;
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #observer: Observer;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#observer = new Observer(options);
  }

  /**
   * @throws BookendError when the cluster cannot be read, or the objects need each other in a circle. Nothing was
   * deleted then in the first round.
   */
  async run(): Promise<Outcome> {
    try {
      return this.#observer.outcome(await this.#rounds());
    } finally {
      this.#observer.close();
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
    const { clock, policy, onNote } = this.#options;
    const observer = this.#observer;
    let objects = selected.flat();
    return runTeardown<Ended>({
      cluster: observer.cluster,
      clock,
      startedAt: observer.startedAt,
      policy: () => policy,
      look: async (newcomers) => {
        if (newcomers.length > 0) onNote(`${list(newcomers.map(idOf))} appeared during the deletion: planning again`);
        const found = await this.#inTime(lookAround(observer.cluster, [...objects, ...newcomers], departed));
        if ('how' in found) return { end: found };
        objects = found.objects;
        const plan = planWithOrder(found, selected, this.#options.order);
        observer.planned(plan, objects, found.reach.notSeen);
        return { plan, found: findingsOf(found) };
      },
      within: async (round) => {
        const end = await this.#inTime(round);
        return end.how === 'timeout' || end.how === 'interrupted' ? { how: 'ended', end } : end;
      },
      onDecision: (decision, { plan }) => {
        const refused = observer.decided(decision, plan);
        return refused && { how: 'refused', error: refused };
      },
      onForced: (action) => observer.forced(action),
      eventsLateMs: ({ plan }) => observer.eventsLateMs(plan),
      onRoundOver: (round) => observer.roundOver(round),
      whenGone: async () => ({ how: 'done' }),
    });
  }

  /** Objects that were made again since, or that were not there before; what was kept or passed is left alone. */
  #isNew(object: KubernetesObject): boolean {
    const entry = this.#observer.ledger.entries().find(({ id }) => id === idOf(object));
    return entry === undefined || entry.state === 'Gone';
  }

  /** The same, unless the time is over or the person wants an end first. */
  #inTime<T extends object>(work: Promise<T>): Promise<T | Interruption> {
    const { clock, signal, timeoutMs } = this.#options;
    return inTime(work, { clock, signal, ...(timeoutMs > 0 && { until: this.#observer.startedAt + timeoutMs }) });
  }
}

function list(ids: ObjectId[]): string {
  const shown = ids.slice(0, 3).map(describeId).join(', ');
  return ids.length > 3 ? `${shown} and ${ids.length - 3} more` : shown;
}
