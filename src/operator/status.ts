/**
 * What the status says, made from what happens. Pure; conditions as kstatus reads them: Ready, Reconciling, Stalled.
 */
import type { Instant } from '../cluster/clock.ts';
import type { InstallDecision } from '../install/decide.ts';
import type { Plan } from '../plan/plan.ts';
import type { ClusterOperatorStatus, Condition, TeardownStatus } from '../resource/cluster-operator.ts';
import { packPositions } from '../resource/status/positions.ts';
import type { Blocker, BlockerReason } from '../teardown/blocker.ts';
import { cut, longestListed, mostListed } from '../teardown/bounds.ts';
import type { Decision, StepState } from '../teardown/decide.ts';
import type { ConditionReason } from './reasons.ts';

/** A part of the status: what is absent stays as it is. */
export type StatusPart = Omit<ClusterOperatorStatus, 'conditions'> & {
  verdict?: Verdict;
  /** What `blocker` and the message of the verdict tell of, where these words count the seconds. */
  wait?: Blocker;
};

/** The three conditions in one. */
type Verdict = {
  ready: boolean;
  /** It is being worked on. */
  reconciling: boolean;
  /** It will not go on by itself. */
  stalled: boolean;
  reason: ConditionReason;
  message: string;
};

/**
 * How far an installation is.
 * @param isStalled nothing new has happened for a long time
 */
export function installStatus(decision: InstallDecision, first: boolean, isStalled = false): StatusPart {
  const total = decision.states.length;
  const progress = `${decision.ready}/${total}`;
  const failed = decision.states.find((each) => each.state === 'Failed');
  if (failed) {
    const message = failed.blocker?.text ?? 'an object could not be applied';
    return part('Degraded', progress, message, {
      ready: false,
      reconciling: true,
      stalled: true,
      reason: 'ApplyFailed',
      message,
    });
  }
  if (decision.ready === total) {
    return part('Ready', progress, '', {
      ready: true,
      reconciling: false,
      stalled: false,
      reason: 'Installed',
      message: `all ${total} objects are installed and ready`,
    });
  }
  const waiting =
    decision.states.find((each) => each.state === 'Settling' || each.state === 'Applying') ??
    decision.states.find((each) => each.state === 'Waiting');
  const message = waiting?.blocker?.text ?? '';
  return part(first ? 'Installing' : 'Updating', progress, message, {
    ready: false,
    reconciling: true,
    stalled: isStalled,
    reason: isStalled ? 'ProgressDeadlineExceeded' : 'Progressing',
    message,
  });
}

/** A teardown with each object that somebody may have to look at. */
export function teardownStatus(plan: Plan, decision: Decision, base: TeardownStatus): TeardownStatus {
  const isObject = (index: number) => plan.steps[index]?.mode !== 'barrier';
  const gone = decision.states.flatMap(({ state }, index) => (state === 'Gone' && isObject(index) ? index : []));
  const open = decision.states.filter((state, index) => isObject(index) && hasItsOwn(state));
  const listed = open.length <= mostListed ? open : open.toSorted(byWeight).slice(0, mostListed);
  return {
    ...base,
    gone: packPositions(gone),
    objects: listed.map(({ id, state, since, blocker }) => ({
      object: id,
      state,
      ...(since !== undefined && { since: timestamp(since) }),
      ...(blocker && { blocker: cut(blocker.text, longestListed), reason: blocker.reason }),
      ...(blocker && blocker.object !== id && { waitsFor: blocker.object }),
    })),
  };
}

/** How far a teardown is. */
export function teardownProgress(plan: Plan, decision: Decision): StatusPart {
  const counted = decision.states.filter((_, index) => plan.steps[index]?.mode !== 'barrier');
  const wanted = counted.filter((each) => each.state !== 'Kept');
  const gone = wanted.filter((each) => each.state === 'Gone').length;
  const blocked = wanted.find((each) => each.state === 'Blocked');
  const working = blocked ?? wanted.find((each) => each.state === 'Deleting') ?? wanted.find((each) => each.state === 'Waiting');
  const message = working?.blocker?.text ?? `${gone} of ${wanted.length} objects are gone`;
  return {
    ...part(blocked ? 'Blocked' : 'TearingDown', `${gone}/${wanted.length}`, working?.blocker?.text ?? '', {
      ready: false,
      reconciling: true,
      stalled: blocked !== undefined,
      reason: blocked ? 'Blocked' : 'TearingDown',
      message,
    }),
    ...(working?.blocker && { wait: working.blocker }),
  };
}

/**
 * Whether there is more to tell of it than the order does: what it waits for, or that its DELETE is about to be sent.
 */
function hasItsOwn({ state, blocker }: StepState): boolean {
  if (state !== 'Waiting' && state !== 'Deleting') return state !== 'Gone';
  // Since a time: somebody else deleted it before its turn.
  return blocker !== undefined && (!followsFromOrder.has(blocker.reason) || blocker.since !== undefined);
}

const followsFromOrder: ReadonlySet<BlockerReason> = new Set(['DependentRemains', 'ClusterNotRead', 'DeletionPending']);

/** What a person has to look at first, when not all fits. */
const weights: Partial<Record<StepState['state'], number>> = { Blocked: 0, Passed: 1, Deleting: 2, Waiting: 3 };

function byWeight(one: StepState, other: StepState): number {
  return (weights[one.state] ?? 4) - (weights[other.state] ?? 4);
}

/** Nothing was changed, and nothing will be until somebody changes the spec or what it collides with. */
export function refusedStatus(reason: ConditionReason, message: string, tearingDown: boolean): StatusPart {
  return {
    phase: tearingDown ? 'Blocked' : 'Refused',
    blocker: message,
    verdict: { ready: false, reconciling: tearingDown, stalled: true, reason, message },
  };
}

/**
 * The whole new status for a part, and whether it differs from the old one in more than the passing of time.
 * @param now for `lastTransitionTime`
 */
export function merged(
  old: ClusterOperatorStatus,
  { verdict, wait: _, ...rest }: StatusPart,
  now: Instant,
): ClusterOperatorStatus {
  const conditions = verdict
    ? conditionsOf(verdict, old.conditions ?? [], rest.observedGeneration ?? old.observedGeneration, now)
    : old.conditions;
  return { ...old, ...rest, ...(conditions && { conditions }) };
}

/** Kubernetes writes times in whole seconds. */
export function timestamp(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function part(
  phase: NonNullable<ClusterOperatorStatus['phase']>,
  progress: string,
  blocker: string,
  verdict: Verdict,
): StatusPart {
  return { phase, progress, blocker, verdict };
}

function conditionsOf(
  verdict: Verdict,
  old: readonly Condition[],
  observedGeneration: number | undefined,
  now: Instant,
): Condition[] {
  const one = (type: string, value: boolean): Condition => {
    const status = value ? 'True' : 'False';
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now);
    const said =
      value || type === 'Ready' ? { reason: verdict.reason, message: verdict.message } : { reason: `Not${type}`, message: '' };
    return { type, status, ...said, lastTransitionTime, ...(observedGeneration !== undefined && { observedGeneration }) };
  };
  return [one('Ready', verdict.ready), one('Reconciling', verdict.reconciling), one('Stalled', verdict.stalled)];
}
