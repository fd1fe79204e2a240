/**
 * The second half of a session: a ClusterOperator that is being deleted. The order is written down before the first
 * delete; whoever comes after a crash goes on with the written order. Only when a last, current look finds nothing of
 * ours is the finalizer removed.
 */
import { describeId, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { extendPlan } from '../plan/extend-plan.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { withoutSteps } from '../plan/without-steps.ts';
import { inventoryOf } from '../resource/status/inventory.ts';
import { mostInOrder, mostListed } from '../teardown/bounds.ts';
import type { StepState } from '../teardown/decide.ts';
import { lookEarly } from '../teardown/early-look.ts';
import { findingsOf, type Round, type RoundSoFar, runTeardown } from '../teardown/run.ts';
import { type Survey, survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { keyOf } from '../teardown/watches.ts';
import { accountOf, asAccount, requireAccount } from './acting.ts';
import { hasFinalizer, releaseFinalizer } from './finalizer.ts';
import { findLeft, findOurs } from './ownership.ts';
import { OrderOnRecord, planFromStatus } from './plan-status.ts';
import { baseStatus, reportedRun, type SessionEnd } from './run-teardown.ts';
import type { SessionPart } from './session-context.ts';
import { type SpecFacts, specFactsOf, withWritten } from './spec-facts.ts';
import { type StatusPart, teardownProgress, teardownStatus } from './status.ts';

/** @throws BookendError when the acting account or a right is missing; it is tried again */
export async function takeDown(stage: SessionPart): Promise<'done'> {
  const { context, status, stop } = stage;
  if (!hasFinalizer(stage.latest())) return 'done';
  const { name } = stage.about.metadata;
  const { account, facts } = await context.bodies.whole(async () => {
    const resource = await stage.read();
    return { account: accountOf(stage, resource), facts: specFactsOf(resource, inventoryOf(resource.status)) };
  });
  const actor = asAccount(context.cluster, account, name);
  const accountThere = requireAccount(context.cluster, account, name);
  accountThere.catch(() => undefined); // The first look waits for it.
  const written = status.status.teardown;
  const startedAt = written ? Date.parse(written.startedAt) : context.clock.now();
  const inventory = inventoryOf(status.status);
  const planned = written && planFromStatus(written, inventory);
  const claimed = [...inventory, ...plannedIn(planned).map(({ ref }) => ref)];
  const record = new OrderOnRecord(inventory);
  const early = lookEarly(actor, claimed, name);
  const readLeft = () => findLeft(actor, claimed);
  let left: Promise<ObjectId[]> | undefined;
  let isOnRecord = false;
  const run = runTeardown<SessionEnd>({
    ...reportedRun(stage, {
      actor: early.cluster,
      startedAt,
      isOnRecord: true,
      note(decision, round) {
        // The watches have begun.
        early.close();
        // What is back was not there for a look that began before.
        if (!decision.done) left = undefined;
        // The order itself would have to wait for a write of progress.
        if (!isOnRecord) return;
        status.note(teardownProgress(round.plan, decision), () => ({
          teardown: teardownStatus(round.plan, decision, baseStatus(round, record.of(round.plan), startedAt)),
        }));
      },
    }),
    async look(newcomers, before) {
      const plan = before ? withoutGoneInstances(before) : planned;
      const looked = context.bodies.whole(() => lookAround(stage, { actor: early.cluster, claimed, newcomers, plan, facts }));
      // What an account that does not exist may not read is not what is wrong.
      const look = await looked.catch((error: unknown) => accountThere.then(() => Promise.reject(error)));
      await accountThere;
      if (stop.aborted) return { end: { how: 'stopped' } };
      const write = () => {
        isOnRecord = true;
        if (!written)
          context.recorder.normal(stage.about, 'TeardownStarted', `order: ${look.plan.steps.map(({ id }) => id).join(', ')}`);
        return status.record(begun(stage, look, record, startedAt));
      };
      return { ...look, record: write };
    },
    beforeGone() {
      left = readLeft();
      left.catch(() => undefined); // Awaited below.
    },
    async whenGone(round) {
      // What was waited for is over: on record before the resource goes, for people who watch it.
      const recorded = status.conclude({ phase: 'TearingDown', blocker: '' }, !isClean(round));
      recorded.catch(() => undefined); // Awaited below, unless the last read fails.
      // What was planned has been confirmed one by one; an earlier leader's create may have come late all the same.
      const remaining = (await (left ?? readLeft())).filter((id) => !staysBehind(id, round));
      if (remaining.length > 0) {
        context.log.warn(
          { objects: remaining },
          'a last read found objects of this ClusterOperator; the teardown continues with them',
        );
        await recorded;
        return undefined;
      }
      await finish(stage, { round, startedAt, recorded });
      return { how: 'gone' };
    },
  });
  await run.finally(() => early.close());
  return 'done';
}

function begun({ about }: SessionPart, round: Round, record: OrderOnRecord, startedAt: number): StatusPart {
  return {
    // The order refers to it by position. A former version may have written it in another form.
    inventory: record.inventory,
    observedGeneration: about.metadata.generation ?? 0,
    phase: 'TearingDown',
    teardown: { ...baseStatus(round, record.of(round.plan), startedAt), gone: '' },
    verdict: {
      ready: false,
      reconciling: true,
      stalled: false,
      reason: 'TearingDown',
      message: `${round.plan.steps.length} objects are being removed in order`,
    },
  };
}

/**
 * Custom resources that come and go while the teardown runs must not make the order longer without end: those that are
 * gone leave it.
 */
function withoutGoneInstances({ plan, states }: RoundSoFar): Plan {
  const kinds = new Set(plan.steps.flatMap(({ defines }) => (defines ? keyOf(defines) : [])));
  const gone = new Set(states.flatMap(({ id, state }) => (state === 'Gone' ? id : [])));
  const over = plan.steps.flatMap(({ id, ref }) => (gone.has(id) && kinds.has(keyOf(ref)) ? id : []));
  return over.length > 0 ? withoutSteps(plan, new Set(over)) : plan;
}

type LookAround = {
  actor: Parameters<typeof survey>[0];
  /** Everywhere an object of ours can be, with what proves it. */
  claimed: Parameters<typeof findOurs>[2];
  newcomers: readonly KubernetesObject[];
  plan: Plan | undefined;
  facts: SpecFacts;
};

/** What is there now, and the plan for it: the written one where there is one. */
async function lookAround({ about }: SessionPart, { actor, claimed, newcomers, plan, facts }: LookAround): Promise<Round> {
  const ours = await findOurs(actor, about.metadata.name, claimed);
  const known = new Set(ours.map(idOf));
  const live = withWritten([...ours, ...newcomers.filter((object) => !known.has(idOf(object)))], facts.written);
  const found = await survey(actor, live, plannedIn(plan), { mostInstances: mostInOrder });
  const current = plan ? withNewcomers(plan, found, facts) : planOfSurvey(found, componentsOf(facts, live));
  return { plan: current, found: findingsOf(found) };
}

function plannedIn(plan: Plan | undefined): PlanStep[] {
  return plan?.steps.filter((step) => step.mode === 'delete') ?? [];
}

type Ending = {
  round: RoundSoFar;
  startedAt: number;
  /** The last status is written. */
  recorded: Promise<void>;
};

async function finish(stage: SessionPart, { round, startedAt, recorded }: Ending): Promise<void> {
  const { context, about } = stage;
  const { plan, states } = round;
  const failedHooks = round.failedHooks();
  const seconds = (context.clock.now() - startedAt) / 1000;
  const passed = states.filter((each) => each.state === 'Passed');
  const kept = plan.steps.filter((step) => step.mode === 'keep');
  const inhabited = keptWithContents(round);
  for (const hook of failedHooks.slice(0, mostListed))
    context.recorder.warning(about, 'PreStopHookFailed', `Pod ${hook.namespace}/${hook.pod}: ${hook.message}`);
  const summary = [
    `${counted(plan.steps.filter((step) => step.mode === 'delete').length - passed.length - inhabited.length, 'object')} gone in ${seconds.toFixed(1)} s`,
    ...(kept.length > 0 ? [`kept by policy: ${kept.map((step) => step.id).join(', ')}`] : []),
    ...inhabited.map((each) => each.blocker?.text ?? `${describeId(each.id)} is kept`),
    ...(passed.length > 0 ? [`left behind: ${passed.map((each) => each.id).join(', ')}`] : []),
    ...(failedHooks.length > 0 ? [`${counted(failedHooks.length, 'preStop hook')} failed`] : []),
  ].join('; ');
  const clean = isClean(round);
  context.recorder[clean ? 'normal' : 'warning'](about, 'TeardownFinished', summary);
  context.log.info(
    { seconds, clean, kept: kept.length, passed: passed.length, failedPreStopHooks: failedHooks.length },
    'teardown finished',
  );
  context.meters.tornDown.observe(seconds);
  context.meters.failedPreStopHooks.inc(failedHooks.length);
  await releaseFinalizer(context, stage.latest(), recorded);
}

/** Nothing was left behind, and no preStop hook failed. */
function isClean(round: RoundSoFar): boolean {
  const isPassed = round.states.some(({ state }) => state === 'Passed');
  return !isPassed && keptWithContents(round).length === 0 && round.failedHooks().length === 0;
}

/** Namespaces that stay since objects of others are in them. */
function keptWithContents({ plan, states }: RoundSoFar): StepState[] {
  const deleted = new Set(plan.steps.flatMap(({ id, mode }) => (mode === 'delete' ? id : [])));
  return states.filter(({ id, state }) => state === 'Kept' && deleted.has(id));
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

/**
 * Every object of ours is in a component, those that left the spec in one of their own, so that the watches look for
 * our label on it.
 */
function componentsOf({ components, componentOf }: SpecFacts, ours: readonly KubernetesObject[]) {
  const names = new Set(components.map(({ name }) => name));
  const groups = Map.groupBy(ours, (object) => {
    const component = componentOf.get(idOf(object));
    return component !== undefined && names.has(component) ? component : '';
  });
  const listed = components.map(({ name, dependsOn }) => ({
    name,
    dependsOn: [...dependsOn],
    objects: (groups.get(name) ?? []).map(idOf),
  }));
  const rest = groups.get('');
  return rest ? [...listed, { name: 'no-longer-in-spec', dependsOn: [], objects: rest.map(idOf) }] : listed;
}

/** The written order stays; what it does not know yet is ordered by itself and goes before whatever it needs. */
function withNewcomers(plan: Plan, found: Survey, facts: SpecFacts): Plan {
  const known = new Set(plan.steps.map((step) => step.id));
  if (found.objects.every((object) => known.has(idOf(object)))) return plan;
  const fresh = planOfSurvey(found, componentsOf(facts, found.objects));
  const additions = fresh.steps.filter((step) => !known.has(step.id)).map((step) => ({ step, needs: neededBy(step.id, fresh) }));
  const untouched = found.objects.filter((object) => object.metadata.deletionTimestamp === undefined).map(idOf);
  const barriers = plan.steps.filter((step) => step.mode === 'barrier').map((step) => step.id);
  return extendPlan(plan, additions, new Set([...untouched, ...barriers]));
}

/** Everything that waits for this step, directly or through others: the steps between may be gone already. */
function neededBy(id: ObjectId, { steps }: Plan): ObjectId[] {
  const waiting = new Set([id]);
  for (const step of steps) if (step.after.some((before) => waiting.has(before))) waiting.add(step.id);
  waiting.delete(id);
  return [...waiting];
}

/** Kept by policy, or passed over on request: no reason to go on. */
function staysBehind(id: ObjectId, { plan, states }: RoundSoFar): boolean {
  if (plan.steps.some((step) => step.id === id && step.mode === 'keep')) return true;
  return states.some((each) => each.id === id && (each.state === 'Passed' || each.state === 'Kept'));
}
