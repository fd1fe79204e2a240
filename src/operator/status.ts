/**
 * What the status says, made from what happens. Pure; conditions as kstatus reads them: Ready, Reconciling, Stalled.
 */
import type { Instant } from '../cluster/clock.ts';
import type { InstallDecision } from '../install/decide.ts';
import type { Plan } from '../plan/plan.ts';
import type { ClusterOperatorStatus, Condition, TeardownStatus } from '../resource/cluster-operator.ts';
import { cut, longestListed, mostListed } from '../teardown/bounds.ts';
import type { Decision, StepState } from '../teardown/decide.ts';
import type { ConditionReason } from './reasons.ts';

/** A part of the status: what is absent stays as it is. */
export type StatusPart = Omit<ClusterOperatorStatus, 'conditions'> & { verdict?: Verdict };

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

/** How far an installation is. */
export function installStatus(decision: InstallDecision, first: boolean): StatusPart {
  const total = decision.states.length;
  const progress = `${decision.ready}/${total}`;
  const failed = decision.states.find((each) => each.state === 'Failed');
  if (failed) {
    const reason = failed.reason ?? 'an object could not be applied';
    return part('Degraded', progress, reason, {
      ready: false,
      reconciling: true,
      stalled: true,
      reason: 'ApplyFailed',
      message: reason,
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
  const message = waiting?.reason ?? '';
  return part(first ? 'Installing' : 'Updating', progress, message, {
    ready: false,
    reconciling: true,
    stalled: false,
    reason: 'Progressing',
    message,
  });
}

/** How far a teardown is. */
export function teardownStatus(plan: Plan, decision: Decision, base: TeardownStatus): StatusPart {
  const counted = decision.states.filter((_, index) => plan.steps[index]?.mode !== 'barrier');
  const wanted = counted.filter((each) => each.state !== 'Kept');
  const gone = wanted.filter((each) => each.state === 'Gone').length;
  const blocked = wanted.find((each) => each.state === 'Blocked');
  const working = blocked ?? wanted.find((each) => each.state === 'Deleting') ?? wanted.find((each) => each.state === 'Waiting');
  const message = working?.blocker ?? `${gone} of ${wanted.length} objects are gone`;
  const listed =
    counted.length <= mostListed
      ? counted
      : counted
          .filter((each) => each.state !== 'Waiting' && each.state !== 'Gone')
          .sort(byWeight)
          .slice(0, mostListed);
  return {
    ...part(blocked ? 'Blocked' : 'TearingDown', `${gone}/${wanted.length}`, working?.blocker ?? '', {
      ready: false,
      reconciling: true,
      stalled: blocked !== undefined,
      reason: blocked ? 'Blocked' : 'TearingDown',
      message,
    }),
    teardown: {
      ...base,
      objects: listed.map(({ id, state, since, blocker }) => ({
        object: id,
        state,
        ...(since !== undefined && { since: timestamp(since) }),
        ...(blocker !== undefined && { blocker: cut(blocker, longestListed) }),
      })),
    },
  };
}

/** What a person has to look at first, when not all fits. */
const weights: Partial<Record<StepState['state'], number>> = { Blocked: 0, Passed: 1, Deleting: 2, Kept: 3 };

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
export function merged(old: ClusterOperatorStatus, { verdict, ...rest }: StatusPart, now: Instant): ClusterOperatorStatus {
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
