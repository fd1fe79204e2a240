/**
 * What has become of each object so far, across several looks, newcomers and rounds. Everything that is shown, live or
 * in the end, is read from here. Pure: time is handed in.
 */
import type { Instant } from '../../cluster/clock.ts';
import { describeId, type ObjectId } from '../../objects/identity.ts';
import type { Plan, PlanStep } from '../../plan/plan.ts';
import type { Blocker } from '../../teardown/blocker.ts';
import type { Decision, StepState } from '../../teardown/decide.ts';
import type { ReportedTeardown } from './reported-teardown.ts';

export type Entry = {
  id: ObjectId;
  /** As people write it: `DaemonSet node-agent/agent`. */
  label: string;
  state: StepState['state'];
  /** True for what is only waited for, since it is somebody else's. */
  foreign: boolean;
  /** A Namespace that was to go and is kept, since objects of others are in it. */
  inhabited?: boolean;
  /** The ClusterOperator that takes it down. */
  inside?: ObjectId;
  /** Nothing is left that it waits for: it is being deleted, or should be. */
  inTurn: boolean;
  /** When its deletion was accepted. */
  askedAt?: Instant;
  /** When nothing of it was left. */
  goneAt?: Instant;
  blocker?: Blocker;
  /** For a ClusterOperator of which not every object has an entry: how many are gone of how many. */
  progress?: { gone: number; total: number };
  /** The entries whose end it waited for. */
  after: ObjectId[];
};

/** States in which an object holds nothing up any more. */
const settledStates = new Set<StepState['state']>(['Gone', 'Kept', 'Passed']);

export function isSettled(entry: Entry): boolean {
  return settledStates.has(entry.state);
}

export class Ledger {
  readonly #entries = new Map<ObjectId, Entry>();

  /** In the order of the plan; what is inside of a ClusterOperator stands before it. */
  entries(): Entry[] {
    const all = [...this.#entries.values()];
    const byOperator = Map.groupBy(all, (entry) => entry.inside);
    return (byOperator.get(undefined) ?? []).flatMap((entry) => [...(byOperator.get(entry.id) ?? []), entry]);
  }

  has(id: ObjectId): boolean {
    return this.#entries.has(id);
  }

  /** The API server has accepted the deletion, though no watch may show it yet. */
  accepted(id: ObjectId, now: Instant): void {
    const entry = this.#entries.get(id);
    if (entry && entry.state !== 'Gone') entry.askedAt ??= now;
  }

  /**
   * @param insides what ClusterOperators among the steps tell about their own teardown
   */
  record(plan: Plan, decision: Pick<Decision, 'states'>, insides: ReadonlyMap<ObjectId, ReportedTeardown>, now: Instant): void {
    const settled = new Set(decision.states.filter(({ state }) => settledStates.has(state)).map(({ id }) => id));
    for (const [index, step] of plan.steps.entries()) {
      const state = decision.states[index];
      if (step.mode === 'barrier' || !state) continue;
      const inside = insides.get(step.id);
      this.#recordInside(step.id, inside, now);
      this.#set(step.id, ownState(step, inside ? withInside(state, inside) : state, settled), now);
      const entry = this.#entries.get(step.id);
      if (entry && inside?.progress) entry.progress = inside.progress;
      if (state.state === 'Gone') this.#emptied(step.id, now);
    }
  }

  #recordInside(operator: ObjectId, inside: ReportedTeardown | undefined, now: Instant): void {
    if (this.#entries.get(operator)?.state === 'Gone') return;
    for (const { id, ...each } of inside?.objects ?? []) this.#set(id, { ...each, inside: operator }, now);
  }

  #set(id: ObjectId, news: News, now: Instant): void {
    const { since, blocker, ...rest } = news;
    const known = this.#entries.get(id);
    // Made again since: what follows is the end of another object of this name.
    const before = known?.state === 'Gone' && news.state !== 'Gone' ? undefined : known;
    const entry: Entry = { label: describeId(id), foreign: false, ...before, id, ...rest };
    if (blocker !== undefined) entry.blocker = blocker;
    else delete entry.blocker;
    const asked = before?.askedAt ?? since ?? (news.state === 'Gone' && before?.inTurn ? now : undefined);
    if (asked !== undefined) entry.askedAt = asked;
    if (news.state === 'Gone') entry.goneAt = before?.goneAt ?? now;
    else delete entry.goneAt;
    this.#entries.set(id, entry);
  }

  /** A ClusterOperator goes when nothing is left inside; its last status may have come before the last of that. */
  #emptied(operator: ObjectId, now: Instant): void {
    for (const entry of this.#entries.values()) {
      if (entry.inside !== operator || isSettled(entry)) continue;
      this.#set(entry.id, { state: 'Gone', inTurn: true, after: entry.after, inside: operator }, now);
    }
    const entry = this.#entries.get(operator);
    if (entry?.progress) entry.progress.gone = entry.progress.total;
  }
}

type News = Pick<Entry, 'state' | 'inTurn' | 'after'> & {
  since?: Instant;
  blocker?: Blocker;
  foreign?: boolean;
  inhabited?: boolean;
  inside?: ObjectId;
};

function ownState(step: PlanStep, { state, since, blocker }: StepState, settled: ReadonlySet<ObjectId>): News {
  return {
    state,
    foreign: step.mode === 'await',
    inhabited: state === 'Kept' && step.mode === 'delete',
    inTurn: step.after.every((id) => settled.has(id)),
    after: step.after,
    ...(since !== undefined && { since }),
    ...(blocker !== undefined && { blocker }),
  };
}

/** What the ClusterOperator says of itself is more telling than that its finalizer is still there. */
function withInside(state: StepState, inside: ReportedTeardown): StepState {
  if (settledStates.has(state.state) || inside.blocker === undefined) return state;
  return { ...state, blocker: inside.blocker, ...(inside.stalled && { state: 'Blocked' as const }) };
}
