/**
 * The second half of a session: a ClusterOperator that is being deleted. The order is written down before the first delete; whoever comes after a crash
 * goes on with the written order. Only when a last, current look finds nothing of ours is the finalizer removed.
 */
import { isCode } from '../errors.ts';
import { idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import { teardownFinalizer } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import { normalise } from '../objects/scopes.ts';
import { extendPlan } from '../plan/extend-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { type ClusterOperator, clusterOperatorKind, type InventoryItem } from '../resource/cluster-operator.ts';
import { removeFinalizers } from '../teardown/act.ts';
import { type Survey, survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { actAs, actingAccount } from './acting.ts';
import { findOurs } from './ownership.ts';
import { planFromStatus } from './plan-status.ts';
import { baseStatus, runTeardown, type TeardownResult } from './run-teardown.ts';
import type { Stage } from './session.ts';

/** @throws BookendError when the acting account or a right is missing; it is tried again */
export async function takeDown(stage: Stage): Promise<'done'> {
  const { context, resource, status, stop } = stage;
  if (!resource.metadata.finalizers?.includes(teardownFinalizer)) return 'done';
  const { name } = resource.metadata;
  const actor = await actAs(context.cluster, actingAccount(resource, context.deployer));
  const written = status.status.teardown;
  const startedAt = written ? Date.parse(written.startedAt) : context.clock.now();
  let plan = written ? planFromStatus(written.order) : undefined;
  const inventory = status.status.inventory ?? [];
  const refs = [
    ...refsOf(resource, inventory),
    ...(plan?.steps.filter((step) => step.mode === 'delete').map((step) => step.ref) ?? []),
  ];
  let newcomers: KubernetesObject[] = [];
  for (;;) {
    const labelled = await findOurs(actor, name, refs);
    const known = new Set(labelled.map(idOf));
    const ours = [...labelled, ...newcomers.filter((object) => !known.has(idOf(object)))];
    const planned = plan?.steps.filter((step) => step.mode === 'delete').map((step) => step.ref);
    const found = await survey(actor, ours, planned);
    if (stop.aborted) return 'done';
    const current: Plan = plan
      ? withNewcomers(plan, found, resource, inventory)
      : planOfSurvey(found, componentsOf(resource, ours, inventory));
    plan = current;
    const recorded = status.record({
      observedGeneration: resource.metadata.generation ?? 0,
      phase: 'TearingDown',
      teardown: baseStatus(plan, startedAt, found),
      verdict: {
        ready: false,
        reconciling: true,
        stalled: false,
        reason: 'TearingDown',
        message: `${plan.steps.length} objects are being removed in order`,
      },
    });
    if (!written) context.recorder.normal(resource, 'TeardownStarted', `order: ${plan.steps.map((step) => step.id).join(', ')}`);
    const result = await runTeardown(stage, { actor, found, plan, startedAt, recorded, onStatus: (part) => status.note(part) });
    await recorded;
    if (result.outcome === 'stopped') return 'done';
    if (result.outcome === 'newcomers') {
      newcomers = result.newcomers;
      continue;
    }
    // What was planned has been confirmed one by one; this looks for what bears our label all the same.
    const kinds = refs.map(({ uid: _, ...ref }) => ref);
    // What was waited for is over: on record before the resource goes, for whoever watches it.
    const [remaining] = await Promise.all([findOurs(actor, name, kinds), status.record({ phase: 'TearingDown', blocker: '' })]);
    const left = remaining.filter((object) => !staysBehind(object, current, result));
    if (left.length === 0) return await finish(stage, plan, result, startedAt);
    context.log.warn({ objects: left.map(idOf) }, 'a last look found objects of ours; the teardown goes on with them');
  }
}

async function finish(stage: Stage, plan: Plan, result: TeardownResult, startedAt: number): Promise<'done'> {
  const { context, resource } = stage;
  const seconds = (context.clock.now() - startedAt) / 1000;
  const passed = result.states.filter((each) => each.state === 'Passed');
  const kept = plan.steps.filter((step) => step.mode === 'keep');
  for (const hook of result.failedHooks)
    context.recorder.warning(resource, 'PreStopHookFailed', `Pod ${hook.namespace}/${hook.pod}: ${hook.message}`);
  const summary = [
    `${counted(plan.steps.filter((step) => step.mode === 'delete').length - passed.length, 'object')} gone in ${seconds.toFixed(1)} s`,
    ...(kept.length > 0 ? [`kept by policy: ${kept.map((step) => step.id).join(', ')}`] : []),
    ...(passed.length > 0 ? [`left behind: ${passed.map((each) => each.id).join(', ')}`] : []),
    ...(result.failedHooks.length > 0 ? [`${counted(result.failedHooks.length, 'preStop hook')} failed`] : []),
  ].join('; ');
  const clean = passed.length === 0 && result.failedHooks.length === 0;
  context.recorder[clean ? 'normal' : 'warning'](resource, 'TeardownFinished', summary);
  context.log.info(
    { seconds, clean, kept: kept.length, passed: passed.length, failedPreStopHooks: result.failedHooks.length },
    'teardown finished',
  );
  context.meters.tornDown.observe(seconds);
  context.meters.failedPreStopHooks.inc(result.failedHooks.length);
  await release(stage);
  return 'done';
}

/** Takes our finalizer off: at once from the resource as the watch has it; the patch tests that, and a current read follows where it was wrong. */
async function release({ context: { cluster }, resource, latest }: Stage): Promise<void> {
  const unwanted = new Set([teardownFinalizer]);
  try {
    await removeFinalizers(cluster, latest(), unwanted);
  } catch (error) {
    if (!isCode(error, 'conflict', 'invalid', 'not-found')) throw error;
    const now = await cluster.get({ ...clusterOperatorKind, name: resource.metadata.name });
    if (now && now.metadata.uid === resource.metadata.uid) await removeFinalizers(cluster, now, unwanted);
  }
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

/** Everywhere an object of ours can be: the inventory, and the spec in case the inventory was not written yet. */
function refsOf(resource: ClusterOperator, inventory: readonly ObjectRef[]): ObjectRef[] {
  const known = new Map(inventory.map((item) => [idOfRef(item), item]));
  const objects = resource.spec.components.flatMap((component) => component.objects as KubernetesObject[]);
  const { namespace } = resource.spec;
  for (const { apiVersion, kind, metadata } of normalise(
    objects,
    namespace === undefined ? {} : { defaultNamespace: namespace },
  )) {
    const ref = { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
    if (!known.has(idOfRef(ref))) known.set(idOfRef(ref), ref);
  }
  return [...known.values()];
}

/** Every object of ours is in a component, those that left the spec in one of their own, so that the watches look for our label on it. */
function componentsOf(resource: ClusterOperator, ours: readonly KubernetesObject[], inventory: readonly InventoryItem[]) {
  const known = new Map(inventory.map((item) => [idOfRef(item), item.component]));
  const names = new Set(resource.spec.components.map((component) => component.name));
  const componentOf = new Map(
    normalise(
      resource.spec.components.flatMap((component) => component.objects as KubernetesObject[]),
      resource.spec.namespace === undefined ? {} : { defaultNamespace: resource.spec.namespace },
    ).map((object, index) => [idOf(object), nameAt(resource, index)] as const),
  );
  const groups = Map.groupBy(ours, (object) => {
    const component = componentOf.get(idOf(object)) ?? known.get(idOf(object));
    return component !== undefined && names.has(component) ? component : '';
  });
  const listed = resource.spec.components.map(({ name, dependsOn = [] }) => ({
    name,
    dependsOn,
    objects: (groups.get(name) ?? []).map(idOf),
  }));
  const rest = groups.get('');
  return rest ? [...listed, { name: 'no-longer-in-spec', dependsOn: [], objects: rest.map(idOf) }] : listed;
}

function nameAt(resource: ClusterOperator, index: number): string {
  let rest = index;
  for (const component of resource.spec.components) {
    if (rest < component.objects.length) return component.name;
    rest -= component.objects.length;
  }
  return '';
}

/** The written order stays; what it does not know yet is ordered by itself and goes before whatever it needs. */
function withNewcomers(plan: Plan, found: Survey, resource: ClusterOperator, inventory: readonly InventoryItem[]): Plan {
  const known = new Set(plan.steps.map((step) => step.id));
  if (found.objects.every((object) => known.has(idOf(object)))) return plan;
  const fresh = planOfSurvey(found, componentsOf(resource, found.objects, inventory));
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
function staysBehind(object: KubernetesObject, plan: Plan, result: TeardownResult): boolean {
  const id = idOf(object);
  if (keepReason(object)) return true;
  if (plan.steps.some((step) => step.id === id && step.mode === 'keep')) return true;
  return result.states.some((each) => each.id === id && each.state === 'Passed');
}
