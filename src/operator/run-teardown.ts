/** Runs the teardown engine inside of a session until all is gone: newcomers are taken into the plan, what happens is told in events and metrics. */
import type { Instant } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { describeId, describeRef, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import type { TeardownStatus } from '../resource/cluster-operator.ts';
import { cut, firstOf, longestListed, mostForcedEvents, mostListed } from '../teardown/bounds.ts';
import type { Action, Decision, StepState } from '../teardown/decide.ts';
import { parseDuration } from '../teardown/duration.ts';
import type { FailedHook } from '../teardown/failed-hooks.ts';
import { defaultPolicy, type TeardownPolicy } from '../teardown/policy.ts';
import type { Survey } from '../teardown/survey.ts';
import { Teardown } from '../teardown/teardown.ts';
import { planToStatus } from './plan-status.ts';
import type { SessionPart } from './session-context.ts';
import { type StatusPart, teardownStatus, timestamp } from './status.ts';

/** What the engine must know of a survey beyond the plan. The objects themselves are not held while a teardown runs. */
export type Findings = Omit<Survey, 'objects' | 'children' | 'strangers' | 'awaited'>;

export function findingsOf({ objects: _o, children: _c, strangers: _s, awaited: _a, ...findings }: Survey): Findings {
  return findings;
}

export type TeardownRun = {
  actor: Cluster;
  found: Findings;
  plan: Plan;
  startedAt: Instant;
  /** Nothing is done before this, and nothing at all if it fails: the order is on record. */
  recorded?: Promise<unknown>;
  /** Objects with our label that are to stay: only a part of the ClusterOperator is taken down. */
  staying?: ReadonlySet<ObjectId>;
  onStatus(part: StatusPart): void;
};

export type TeardownResult = {
  outcome: 'gone' | 'stopped' | 'newcomers';
  newcomers: KubernetesObject[];
  failedHooks: FailedHook[];
  states: StepState[];
};

/**
 * Ends when everything is gone, when `stop` fires, or when objects showed up that the plan must take in first.
 * @throws what `recorded` throws
 */
export function runTeardown(
  stage: SessionPart,
  { actor, found, plan, startedAt, recorded, staying, onStatus }: TeardownRun,
): Promise<TeardownResult> {
  const { context, stop, about } = stage;
  const told = new Map<ObjectId, StepState['state']>();
  return new Promise((resolve, reject) => {
    let states: StepState[] = [];
    let forcedCount = 0;
    const finish = (outcome: TeardownResult['outcome'], newcomers: KubernetesObject[] = []) => {
      const failedHooks = teardown.failedHooks();
      teardown.close();
      resolve({ outcome, newcomers, failedHooks, states });
    };
    const teardown = new Teardown({
      cluster: actor,
      clock: context.clock,
      plan,
      reach: found.reach,
      childByUid: found.childByUid,
      stepByUid: found.stepByUid,
      rights: found.rights,
      // Read anew each time: a person may change it while the teardown is stuck.
      get policy() {
        return policyOf(stage.policy());
      },
      startedAt,
      ...(recorded && { after: recorded }),
      clusterOperator: about.metadata.name,
      onDecision: (decision) => {
        states = decision.states;
        onStatus(teardownStatus(plan, decision, baseStatus(plan, startedAt, found, teardown)));
        tell(stage, decision, plan, told);
        if (decision.done) finish('gone');
      },
      onForced: (action) => {
        forcedCount += 1;
        context.log.warn({ count: forcedCount }, forced(action));
        if (forcedCount <= mostForcedEvents) context.recorder.warning(about, 'Forced', forced(action));
        if (forcedCount === mostForcedEvents)
          context.recorder.warning(
            about,
            'Forced',
            'more is forced than has an Event of its own; the log of the operator names all',
          );
      },
      onNewcomers: (objects) => {
        const newcomers = objects.filter((object) => !staying?.has(idOf(object)));
        if (newcomers.length > 0) finish('newcomers', newcomers);
      },
    });
    recorded?.catch((error: unknown) => {
      teardown.close();
      reject(error);
    });
    stop.addEventListener('abort', () => finish('stopped'), { once: true });
    if (stop.aborted) finish('stopped');
  });
}

/** What the status says of a teardown before its first step, and of all of it what does not change with every decision. */
export function baseStatus(plan: Plan, startedAt: Instant, { reach }: Findings, teardown?: Teardown): TeardownStatus {
  const hooks = teardown?.failedHooks() ?? [];
  const beyond = hooks.length - mostListed;
  const notSeen = [
    ...(beyond > 0 ? [`${beyond.toLocaleString('en-US')} more failed preStop hooks`] : []),
    ...(teardown?.notSeen() ?? []),
    ...reach.notSeen,
  ];
  return {
    startedAt: timestamp(startedAt),
    order: planToStatus(plan),
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
  { context, about }: SessionPart,
  { states }: Decision,
  { steps }: Plan,
  told: Map<ObjectId, StepState['state']>,
): void {
  for (const [index, { id, state, blocker, inSpiteOf }] of states.entries()) {
    if (told.get(id) === state) continue;
    if (inSpiteOf !== undefined)
      context.recorder.warning(about, 'PassedOver', `${describeId(id)} is deleted all the same: ${inSpiteOf}`);
    const before = told.get(id);
    told.set(id, state);
    if (state === 'Blocked') context.recorder.warning(about, 'Blocked', blocker ?? describeId(id));
    if (state === 'Passed')
      context.recorder.warning(about, 'PassedOver', `${describeId(id)} stays behind: ${blocker ?? 'it was not gone in time'}`);
    if (state === 'Kept' && steps[index]?.mode === 'delete')
      context.recorder.warning(about, 'Kept', blocker ?? `${describeId(id)} is kept`);
    if (state === 'Gone' && before !== undefined) context.log.info({ object: id }, 'gone');
    if (state === 'Deleting' && before !== 'Blocked') context.log.info({ object: id }, 'deleting');
  }
}

function forced(action: Action): string {
  if (action.type === 'remove-finalizers')
    return `removed finalizers ${action.finalizers.join(', ')} of ${describeRef(action.target)} (onTimeout: Force)`;
  if (action.type === 'force-delete') return `deleted ${describeRef(action.target)} with grace 0 (onTimeout: Force)`;
  return describeId(action.step);
}
