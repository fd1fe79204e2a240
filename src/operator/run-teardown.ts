/**
 * A teardown inside of a session: it ends with the session, and what happens is told in the status, in Events and in
 * the log.
 */
import type { Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { describeId, describeRef, type ObjectId } from '../objects/identity.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import type { TeardownStatus } from '../resource/cluster-operator.ts';
import type { RecordedOrder } from '../resource/status/order.ts';
import { cut, firstOf, longestListed, mostForcedEvents, mostListed } from '../teardown/bounds.ts';
import type { Action, Decision, StepState } from '../teardown/decide.ts';
import { parseDuration } from '../teardown/duration.ts';
import { defaultPolicy, type TeardownPolicy } from '../teardown/policy.ts';
import type { Round, RoundEnd, RoundSoFar, RunOptions } from '../teardown/run.ts';
import type { SessionPart } from './session-context.ts';
import { timestamp } from './status.ts';

/** How a teardown in a session ends: with all of it gone, or because the session ends. */
export type SessionEnd = { how: 'gone' | 'stopped' };

type Reported = {
  actor: Cluster;
  startedAt: Instant;
  /** See `TeardownPolicy`. */
  isOnRecord: boolean;
  /** Puts into the status how far it is. */
  note(decision: Decision, round: RoundSoFar): void;
};

/**
 * What both teardowns of a session have in common: they end with it, and are told in the status, in events, metrics and
 * the log.
 */
export function reportedRun(
  part: SessionPart,
  { actor, startedAt, isOnRecord, note }: Reported,
): Pick<
  RunOptions<SessionEnd>,
  'cluster' | 'clock' | 'startedAt' | 'policy' | 'clusterOperator' | 'within' | 'onDecision' | 'onForced'
> {
  const { context, stop, about } = part;
  const told = new Map<ObjectId, StepState['state']>();
  let forcedCount = 0;
  return {
    cluster: actor,
    clock: context.clock,
    startedAt,
    policy: () => ({ ...policyOf(part.policy()), isOnRecord }),
    clusterOperator: about.metadata.name,
    within: (round) => unlessStopped(round, stop),
    onDecision: (decision, round) => {
      if (stop.aborted) return { how: 'stopped' };
      note(decision, round);
      tell(part, decision, round.plan, told);
      return undefined;
    },
    onForced: (action) => {
      forcedCount += 1;
      context.log.warn({ count: forcedCount }, forced(action));
      if (forcedCount > mostForcedEvents) return;
      context.recorder.warning(about, 'Forced', forced(action));
      const last = 'more is forced than has an Event of its own; the log of the operator names all';
      if (forcedCount === mostForcedEvents) context.recorder.warning(about, 'Forced', last);
    },
  };
}

function unlessStopped(round: Promise<RoundEnd<SessionEnd>>, stop: AbortSignal): Promise<RoundEnd<SessionEnd>> {
  const { promise: stopped, resolve } = Promise.withResolvers<RoundEnd<SessionEnd>>();
  const end = () => resolve({ how: 'ended', end: { how: 'stopped' } });
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();
  return Promise.race([round, stopped]).finally(() => stop.removeEventListener('abort', end));
}

/**
 * What the status says of a teardown before its first step, and of all of it what does not change with every decision.
 * @param order the plan of the round, as the status has it
 */
export function baseStatus(round: Round & Partial<RoundSoFar>, order: RecordedOrder, startedAt: Instant): TeardownStatus {
  const { found } = round;
  const hooks = round.failedHooks?.() ?? [];
  const beyond = hooks.length - mostListed;
  const notSeen = [
    ...(beyond > 0 ? [`${beyond.toLocaleString('en-US')} more failed preStop hooks`] : []),
    ...(round.notSeen?.() ?? []),
    ...found.reach.notSeen,
  ];
  return {
    startedAt: timestamp(startedAt),
    ...order,
    objects: [],
    ...(hooks.length > 0 && {
      failedPreStopHooks: hooks
        .slice(0, mostListed)
        .map(({ namespace, pod, message }) => ({ pod: `${namespace}/${pod}`, message: cut(message, longestListed) })),
    }),
    ...(notSeen.length > 0 && {
      notSeen: firstOf(notSeen, mostListed, 'that could not be read').map((text) => cut(text, longestListed)),
    }),
  };
}

function policyOf(
  spec: { timeout?: string | undefined; onTimeout?: TeardownPolicy['onTimeout'] | undefined } | undefined,
): TeardownPolicy {
  return {
    timeoutMs: spec?.timeout ? parseDuration(spec.timeout) : defaultPolicy.timeoutMs,
    onTimeout: spec?.onTimeout ?? defaultPolicy.onTimeout,
  };
}

/** Each object once for each state that a person would want to have been told of. */
function tell(
  { context: { recorder, log }, about }: SessionPart,
  { states }: Decision,
  { steps }: Plan,
  told: Map<ObjectId, StepState['state']>,
): void {
  for (const [index, each] of states.entries()) {
    const { id, state } = each;
    const before = told.get(id);
    if (before === state) continue;
    told.set(id, state);
    for (const [reason, message] of warningsOf(each, steps[index])) recorder.warning(about, reason, message);
    if (state === 'Gone' && before !== undefined) log.info({ object: id }, 'gone');
    if (state === 'Deleting' && before !== 'Blocked') log.info({ object: id }, 'deleting');
  }
}

type Warning = ['Blocked' | 'PassedOver' | 'Kept', message: string];

/** What the Events say about a step that has just come into its state. */
function warningsOf({ id, state, blocker, inSpiteOf }: StepState, step: PlanStep | undefined): Warning[] {
  const name = describeId(id);
  const passed: Warning[] =
    inSpiteOf === undefined ? [] : [['PassedOver', `${name} is deleted although it is in use: ${inSpiteOf}`]];
  if (state === 'Blocked') return [...passed, ['Blocked', blocker?.text ?? name]];
  if (state === 'Passed')
    return [...passed, ['PassedOver', `${name} stays behind: ${blocker?.text ?? 'it was not gone in time'}`]];
  if (state === 'Kept' && step?.mode === 'delete') return [...passed, ['Kept', blocker?.text ?? `${name} is kept`]];
  return passed;
}

function forced(action: Action): string {
  if (action.type === 'remove-finalizers')
    return `removed finalizers ${action.finalizers.join(', ')} of ${describeRef(action.target)} (onTimeout: Force)`;
  if (action.type === 'force-delete') return `deleted ${describeRef(action.target)} with grace 0 (onTimeout: Force)`;
  return describeId(action.step);
}
