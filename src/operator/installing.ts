/** The first half of a session: everything that is checked before anything is changed, then the installation, then what left the spec is removed. */
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { findEdges } from '../graph/build.ts';
import { makeWorld } from '../graph/world.ts';
import type { InstallDecision } from '../install/decide.ts';
import { type Desired, desiredOf } from '../install/desired.ts';
import { Installation } from '../install/installation.ts';
import { describeId, idOf, idOfRef, type ObjectId, refOf } from '../objects/identity.ts';
import { teardownFinalizer } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind, type InventoryItem } from '../resource/cluster-operator.ts';
import { survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { actAs, actingAccount, refuseOwnAccount } from './acting.ts';
import { findOurs, refuseForeign } from './ownership.ts';
import { runTeardown } from './run-teardown.ts';
import type { Stage } from './session.ts';
import { installStatus, refusedStatus, type StatusPart } from './status.ts';

/**
 * Installs and keeps until `stop`.
 * @throws BookendError for everything that a person must put right; nothing was changed then
 */
export async function installAndKeep(stage: Stage): Promise<'done'> {
  const { context, resource, status, stop } = stage;
  const generation = resource.metadata.generation ?? 0;
  const account = actingAccount(resource, context.deployer);
  const actor = await actAs(context.cluster, account);
  const lookUp = async (apiVersion: string, kind: string) => {
    const info = await actor.kind(apiVersion, kind);
    return info && (info.namespaced ? 'Namespaced' : 'Cluster');
  };
  const desired = await desiredOf(resource, lookUp, {
    seedImage: context.shares.seedImage,
    imageVolumes: context.shares.firstTried(stop),
    live: (ref) => actor.get(ref),
  });
  refuseOwnAccount(desired.objects, account);
  const inventory = resource.status?.inventory ?? [];
  const owned = await refuseForeign(
    actor,
    resource.metadata.name,
    desired.objects,
    new Set(inventory.flatMap((item) => item.uid ?? [])),
  );
  if (stop.aborted) return 'done';
  await ensureFinalizer(context.cluster, resource);
  // Before the first object is made: where to look for what was made, should this process die in between.
  const first = status.status.phase !== 'Ready' && status.status.phase !== 'Updating';
  await status.record({
    observedGeneration: generation,
    actingAs: `${account.namespace}/${account.name}`,
    inventory: inventoryOf(desired, inventory, () => undefined),
    phase: first ? 'Installing' : 'Updating',
    // What an earlier spec was refused for is no reason any more.
    blocker: '',
    verdict: {
      ready: false,
      reconciling: true,
      stalled: false,
      reason: 'Progressing',
      message: `${desired.objects.length} objects are being installed`,
    },
  });
  await keep(stage, actor, desired, owned, first);
  return 'done';
}

/** How long to wait before what left the spec is tried again, in ms. */
const removeRetryMs = 15_000;

/** Runs the installation until `stop`; once all is ready, what left the spec is taken down, once for each spec. */
function keep(stage: Stage, actor: Cluster, desired: Desired, owned: ReadonlySet<ObjectId>, first: boolean): Promise<void> {
  const { context, resource, status, stop } = stage;
  const started = context.clock.now();
  return new Promise((resolve) => {
    let announced = false;
    let removing = false;
    /** Why what left the spec could not be removed. */
    let held = '';
    const end = () => {
      installation.close();
      resolve();
    };
    const installation = new Installation({
      cluster: actor,
      clock: context.clock,
      desired,
      name: resource.metadata.name,
      owned,
      onDrift: (id, what) => {
        context.recorder.normal(resource, 'DriftRepaired', `${describeId(id)} was ${what} by somebody else and is put right`);
        context.meters.drift.inc();
      },
      onDecision: (decision: InstallDecision) => {
        const inventory = inventoryOf(desired, status.status.inventory ?? [], (id) => installation.uidOf(id));
        if (removing || held) return status.note({ inventory });
        status.note({ ...installStatus(decision, first), inventory });
        const complete = decision.ready === desired.objects.length;
        if (!complete || announced) return;
        announced = true;
        context.meters.installed.observe((context.clock.now() - started) / 1000);
        const leavers = leaversOf(desired, inventory);
        if (leavers.length === 0) {
          context.recorder.normal(resource, 'Installed', `all ${desired.objects.length} objects are installed and ready`);
          return;
        }
        const remove = () => {
          if (stop.aborted) return;
          removing = true;
          removeLeavers(stage, actor, desired, leavers)
            .then(() => {
              removing = false;
              held = '';
              status.note({
                ...installStatus(decision, false),
                inventory: inventoryOf(desired, [], (id) => installation.uidOf(id)),
              });
            })
            .catch((error: unknown) => {
              removing = false;
              held = error instanceof BookendError ? `${error.message}. ${error.advice}` : String(error);
              status.note(refusedStatus('StillNeeded', held, false));
              context.clock.after(removeRetryMs, remove);
            });
        };
        remove();
      },
    });
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
  });
}

/** What is in the inventory and not wanted any more is torn down, in order, like everything else. */
async function removeLeavers(stage: Stage, actor: Cluster, desired: Desired, leavers: readonly ObjectRef[]): Promise<void> {
  const { context, resource, status } = stage;
  const wanted = new Set(desired.objects.map((each) => each.id));
  const startedAt = context.clock.now();
  let newcomers: KubernetesObject[] = [];
  for (;;) {
    const ours = await findOurs(actor, resource.metadata.name, leavers);
    const live = [...new Map([...ours, ...newcomers].map((object) => [idOf(object), object])).values()].filter(
      (object) => !wanted.has(idOf(object)),
    );
    if (live.length === 0 || stage.stop.aborted) return;
    refuseStillNeeded(desired, live);
    if (newcomers.length === 0) {
      context.recorder.normal(resource, 'Removing', `${live.map((object) => describeId(idOf(object))).join(', ')} left the spec`);
    }
    const found = await survey(actor, live);
    const plan = planOfSurvey(found, [
      { name: 'removed', dependsOn: [], objects: ours.map(idOf).filter((id) => !wanted.has(id)) },
    ]);
    const onStatus = (part: StatusPart) => status.note({ blocker: part.blocker ?? '' });
    const result = await runTeardown(stage, { actor, found, plan, startedAt, staying: wanted, onStatus });
    if (result.outcome === 'stopped') return;
    if (result.outcome === 'gone') {
      context.recorder.normal(resource, 'Removed', `${live.length} objects that left the spec are gone`);
      return;
    }
    newcomers = result.newcomers;
  }
}

/** @throws BookendError `blocked`: an object left the spec although something in the spec needs it. */
function refuseStillNeeded(desired: Desired, live: readonly KubernetesObject[]): void {
  const leaving = new Set(live.map(idOf));
  const edge = findEdges(makeWorld([...desired.objects.map((each) => each.object), ...live])).find(
    ({ from, to, certainty }) => certainty === undefined && leaving.has(to) && !leaving.has(from),
  );
  if (!edge) return;
  const proof = edge.evidence
    .map(({ object, field, value }) => `${describeId(object)} ${field}${value ? ` = ${value}` : ''}`)
    .join('; ');
  throw new BookendError(
    'blocked',
    `${describeId(edge.to)} left the spec, but ${describeId(edge.from)} still needs it (${proof})`,
    {
      object: describeId(edge.to),
      advice: `Put it back, or change ${describeId(edge.from)}; it was not deleted.`,
    },
  );
}

/** The finalizer is there before the first child is: a JSON patch that tests what was seen, so that nobody else's finalizer is lost. */
async function ensureFinalizer(cluster: Cluster, resource: ClusterOperator): Promise<void> {
  const { finalizers, name, resourceVersion, uid } = resource.metadata;
  if (finalizers?.includes(teardownFinalizer)) return;
  const ref = { ...clusterOperatorKind, name };
  const operations = [
    { op: 'test' as const, path: '/metadata/uid', value: uid },
    finalizers
      ? { op: 'test' as const, path: '/metadata/finalizers', value: finalizers }
      : { op: 'test' as const, path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add' as const, path: '/metadata/finalizers', value: [...(finalizers ?? []), teardownFinalizer] },
  ];
  try {
    await cluster.patch(ref, { type: 'json', operations });
  } catch (error) {
    if (!isCode(error, 'conflict', 'invalid')) throw error;
    const now = (await cluster.get(ref)) as ClusterOperator | undefined;
    if (!now || now.metadata.uid !== uid || now.metadata.deletionTimestamp !== undefined) throw error;
    if (now.metadata.resourceVersion === resourceVersion) throw error;
    await ensureFinalizer(cluster, now);
  }
}

/** What is wanted, with what is known of it, and behind it what was there before and is not wanted any more. */
function inventoryOf(
  desired: Desired,
  before: readonly InventoryItem[],
  uidOf: (id: ObjectId) => string | undefined,
): InventoryItem[] {
  // Mostly it stands as it was left the last time, in the same order: then nothing needs to be looked up.
  const inPlace = desired.objects.every(({ object, component }, index) => isItemOf(before[index], object, component));
  const known = inPlace ? undefined : new Map(before.map((item) => [idOfRef(item), item]));
  const wanted = desired.objects.map(({ id, object, component }, index): InventoryItem => {
    const item = known ? known.get(id) : before[index];
    const uid = uidOf(id) ?? item?.uid;
    known?.delete(id);
    if (inPlace && item && item.uid === uid) return item;
    const { uid: _, ...ref } = refOf(object);
    return { component, ...ref, ...(uid !== undefined && { uid }) };
  });
  return [...wanted, ...(known?.values() ?? before.slice(wanted.length))];
}

function isItemOf(item: InventoryItem | undefined, { apiVersion, kind, metadata }: KubernetesObject, component: string): boolean {
  return (
    item !== undefined &&
    item.name === metadata.name &&
    item.namespace === metadata.namespace &&
    item.kind === kind &&
    item.apiVersion === apiVersion &&
    item.component === component
  );
}

function leaversOf(desired: Desired, inventory: readonly InventoryItem[]): ObjectRef[] {
  const wanted = new Set(desired.objects.map((each) => each.id));
  return inventory.filter((item) => !wanted.has(idOfRef(item)));
}
