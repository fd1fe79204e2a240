/**
 * The one loop of every teardown, in the operator, on the command line, in the hook and in a preview: look around,
 * plan, run the engine; when objects join that the plan must take in first, look around once more. What differs is
 * where the plan is kept, who is told, and when to end.
 */
import type { Clock, Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { storedReads } from '../cluster/stored-reads.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import type { Action, Decision, StepState } from './decide.ts';
import type { FailedHook } from './failed-hooks.ts';
import type { TeardownPolicy } from './policy.ts';
import type { Survey } from './survey.ts';
import { Teardown } from './teardown.ts';

/** What the engine must know of a survey beyond the plan. The objects themselves are not held while a teardown runs. */
export type Findings = Omit<Survey, 'objects' | 'children' | 'strangers' | 'awaited' | 'provenOutside'>;

export function findingsOf({
  objects: _o,
  children: _c,
  strangers: _s,
  awaited: _a,
  provenOutside: _p,
  ...findings
}: Survey): Findings {
  return findings;
}

/** One plan, and the survey that it was made from. */
export type Round = {
  plan: Plan;
  found: Findings;
  /** Nothing is done before this, and nothing at all if it fails: it puts the order on record, for example. */
  record?(): Promise<unknown>;
};

/** What is known of a round so far. */
export type RoundSoFar = Round & {
  states: StepState[];
  /** The preStop hooks that failed. */
  failedHooks(): FailedHook[];
  /** What the engine could not look at, in words. */
  notSeen(): string[];
};

/** @typeParam End what the teardown ends with, besides errors */
export type RunOptions<End extends object> = {
  cluster: Cluster;
  clock: Clock;
  startedAt: Instant;
  /** Read anew for each decision: a person may change it while the teardown is stuck. */
  policy(): TeardownPolicy;
  /** Name of the ClusterOperator whose label the objects carry, see `ClusterViewOptions`. */
  clusterOperator?: string;
  /** See `TeardownOptions`. */
  gatherMs?: number;
  /**
   * Looks around, and plans for what is there.
   * @param newcomers what the round before has met and its plan does not have
   * @param before the round before; absent at first
   */
  look(newcomers: readonly KubernetesObject[], before: RoundSoFar | undefined): Promise<Round | { end: End }>;
  /** Waits for a round, unless something ends it first. */
  within(round: Promise<RoundEnd<End>>): Promise<RoundEnd<End>>;
  /** Told of every decision; what it gives ends the teardown. */
  onDecision(decision: Decision, round: RoundSoFar): End | undefined;
  /** Told of each thing that was forced, after it was done. */
  onForced?(action: Action): void;
  /** Whether an object that joins belongs to this teardown. Default: each does. */
  isNewcomer?(object: KubernetesObject): boolean;
  /** How long the end of a round may be followed by Events about its Pods, in ms. */
  eventsLateMs?(round: Round): number;
  /** Told of each round when it is over, however it ended. */
  onRoundOver?(round: RoundSoFar): void;
  /** Nothing of the plan seems to be left: what `whenGone` needs to read may be read while the last reads go on. */
  beforeGone?(): void;
  /** The plan is carried out: what the teardown ends with; undefined to look around once more. */
  whenGone(round: RoundSoFar): Promise<End | undefined>;
};

export type RoundEnd<End> = { how: 'gone' } | { how: 'newcomers'; objects: KubernetesObject[] } | { how: 'ended'; end: End };

/**
 * Runs until `look`, `within`, `onDecision` or `whenGone` give an end.
 * @throws what they throw, and what `record` throws
 */
export async function runTeardown<End extends object>(options: RunOptions<End>): Promise<End> {
  let newcomers: readonly KubernetesObject[] = [];
  let before: RoundSoFar | undefined;
  for (;;) {
    const round = await options.look(newcomers, before);
    if ('end' in round) return round.end;
    const soFar: RoundSoFar = { ...round, states: [], failedHooks: () => [], notSeen: () => [] };
    before = soFar;
    const ended = await carryOut(soFar, options);
    if (ended.how === 'ended') return ended.end;
    if (ended.how === 'newcomers') newcomers = ended.objects;
    const end = ended.how === 'gone' ? await options.whenGone(soFar) : undefined;
    if (end !== undefined) return end;
  }
}

/**
 * The watches begin with lists, which the API server answers from its cache: since Kubernetes 1.31 it waits up to 100
 * ms until that has overtaken the last write of whatever kind. So a write of ours lets them begin first, for so long,
 * in ms.
 */
const listsFirstMs = 10;

async function carryOut<End extends object>(round: RoundSoFar, options: RunOptions<End>): Promise<RoundEnd<End>> {
  const { cluster, clock, startedAt, clusterOperator, gatherMs, onForced, beforeGone, isNewcomer = () => true } = options;
  const { plan, found, record } = round;
  const { promise, resolve, reject } = Promise.withResolvers<RoundEnd<End>>();
  const recorded = record && new Promise<void>((begun) => clock.after(listsFirstMs, begun)).then(record);
  const engine: Teardown = new Teardown({
    cluster: storedReads(cluster),
    clock,
    plan,
    reach: found.reach,
    stepByUid: found.stepByUid,
    childByUid: found.childByUid,
    looseByUid: found.looseByUid,
    rights: found.rights,
    get policy() {
      return options.policy();
    },
    startedAt,
    ...(clusterOperator !== undefined && { clusterOperator }),
    ...(gatherMs !== undefined && { gatherMs }),
    ...(recorded && { after: recorded }),
    ...(onForced && { onForced }),
    ...(beforeGone && { beforeGone }),
    onDecision(decision) {
      round.states = decision.states;
      const end = options.onDecision(decision, round);
      if (end !== undefined) {
        engine.close();
        resolve({ how: 'ended', end });
      } else if (decision.done) resolve({ how: 'gone' });
    },
    onNewcomers(objects) {
      const newcomers = objects.filter(isNewcomer);
      if (newcomers.length === 0) return;
      // At once: by the old plan something that they need might be deleted now.
      engine.close();
      resolve({ how: 'newcomers', objects: newcomers });
    },
  });
  round.failedHooks = () => engine.failedHooks();
  round.notSeen = () => engine.notSeen();
  recorded?.catch(reject);
  try {
    const ended = await options.within(promise);
    // Whatever the order is recorded for must not begin now.
    if (ended.how !== 'gone') engine.close();
    await recorded;
    const lateMs = ended.how === 'gone' ? (options.eventsLateMs?.(round) ?? 0) : 0;
    if (lateMs > 0) await new Promise<void>((over) => clock.after(lateMs, over));
    return ended;
  } finally {
    engine.close();
    options.onRoundOver?.(round);
  }
}
