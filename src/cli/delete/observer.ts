/**
 * Follows teardowns for a person: keeps the ledger, notices when nothing can go on for want of rights, and collects
 * what a summary needs.
 */
import type { Clock, Instant } from '../../cluster/clock.ts';
import type { Cluster, Watch } from '../../cluster/port.ts';
import type { BookendError } from '../../errors.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import { clusterOperatorKind } from '../../resource/cluster-operator.ts';
import type { Action, Decision } from '../../teardown/decide.ts';
import type { FailedHook } from '../../teardown/failed-hooks.ts';
import { mayHaveDependents } from '../../teardown/kinds.ts';
import type { RoundSoFar } from '../../teardown/run.ts';
import { isSettled, Ledger } from './ledger.ts';
import type { Ended, Outcome } from './outcome.ts';
import { RefusalTracker } from './refusal-tracker.ts';
import { insideOf, isClusterOperator, type ReportedTeardown } from './reported-teardown.ts';

export type ObserverOptions = {
  cluster: Cluster;
  clock: Clock;
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
/** The Event about a hook may come a little after the end of its Pod, in ms. */
const eventsLateMs = 250;

export class Observer {
  /** The same cluster, under observation. */
  readonly cluster: Cluster;
  readonly ledger = new Ledger();
  readonly startedAt: Instant;
  readonly #options: ObserverOptions;
  readonly #witness: RefusalTracker;
  readonly #insides = new Map<ObjectId, ReportedTeardown>();
  readonly #failedHooks = new Map<string, FailedHook>();
  readonly #notSeen = new Set<string>();
  readonly #toldOfUsers = new Set<ObjectId>();
  #operators: Watch | undefined;
  #plan: Plan | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.startedAt = options.clock.now();
    this.#witness = new RefusalTracker(options.cluster, options.clock, (id) => this.ledger.accepted(id, options.clock.now()));
    this.cluster = this.#witness.cluster;
  }

  /** What was planned, and what could not be looked at for it. */
  planned(plan: Plan, objects: readonly Pick<KubernetesObject, 'apiVersion' | 'kind'>[], notSeen: readonly string[]): void {
    this.#plan = plan;
    for (const text of notSeen) this.#notSeen.add(text);
    if (objects.some(isClusterOperator)) this.#watchOperators();
  }

  /** @returns why it cannot go on, if so. */
  decided(decision: Decision, plan: Plan): BookendError | undefined {
    const now = this.#options.clock.now();
    this.ledger.record(plan, decision, this.#insides, now);
    for (const { id, inSpiteOf } of decision.states) if (inSpiteOf !== undefined) this.#tellOfUsers(id, inSpiteOf);
    this.#options.onProgress(this.ledger, now);
    return decision.done ? undefined : this.#refusal(plan, now);
  }

  forced(action: Action): void {
    if (action.type !== 'confirm') this.#options.onNote(`forced: ${action.type} ${describeId(action.step)}`);
  }

  /** How long the end of such a plan may be followed by Events about its Pods, in ms. */
  eventsLateMs({ steps }: Plan): number {
    return steps.some(({ ref, mode }) => mode === 'delete' && mayHaveDependents(ref)) ? eventsLateMs : 0;
  }

  roundOver({ failedHooks, notSeen }: RoundSoFar): void {
    for (const hook of failedHooks()) this.#failedHooks.set(`${hook.namespace}/${hook.pod} ${hook.message}`, hook);
    for (const text of notSeen()) this.#notSeen.add(text);
  }

  outcome(ended: Ended): Outcome {
    this.#operators?.close();
    for (const [id, { failedHooks, notSeen }] of this.#insides) {
      if (!this.ledger.has(id)) continue;
      for (const { pod, message } of failedHooks) {
        const [namespace = '', name = ''] = pod.split('/');
        this.#failedHooks.set(`${pod} ${message}`, { namespace, pod: name, message, count: 1 });
      }
      for (const text of notSeen) this.#notSeen.add(text);
    }
    return {
      ended,
      ledger: this.ledger,
      ...(this.#plan && { plan: this.#plan }),
      startedAt: this.startedAt,
      endedAt: this.#options.clock.now(),
      failedHooks: [...this.#failedHooks.values()],
      notSeen: [...this.#notSeen],
    };
  }

  close(): void {
    this.#operators?.close();
  }

  /**
   * Nothing can go on: each object whose turn it is has been refused for a while, or what must be watched may not be.
   */
  #refusal(plan: Plan, now: Instant): BookendError | undefined {
    const isOld = (refusal: { since: Instant } | undefined) => refusal !== undefined && now - refusal.since >= rightsPatienceMs;
    const watch = this.#witness.refusedWatch();
    if (watch && isOld(watch)) return watch.error;
    const ids = new Set(plan.steps.map(({ id }) => id));
    const open = this.ledger.entries().filter((entry) => ids.has(entry.id) && !isSettled(entry) && entry.inTurn && !entry.inside);
    const refusals = open.map(({ id }) => this.#witness.refusedDelete(id));
    return refusals.length > 0 && refusals.every(isOld) ? refusals[0]?.error : undefined;
  }

  /** Once for each object that its users lose. */
  #tellOfUsers(id: ObjectId, text: string): void {
    if (this.#toldOfUsers.has(id)) return;
    this.#toldOfUsers.add(id);
    this.#options.onNote(`${describeId(id)} is deleted although it is in use: ${text}`);
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
}
