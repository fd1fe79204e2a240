/**
 * The first half of a session: everything that is checked before anything is changed, then the installation, then what
 * left the spec is removed.
 */
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { findEdges } from '../graph/build.ts';
import { makeWorld } from '../graph/world.ts';
import type { InstallDecision } from '../install/decide.ts';
import { type Desired, desiredOf } from '../install/desired.ts';
import { type Found, Installation } from '../install/installation.ts';
import type { Outline } from '../install/outline.ts';
import { describeId, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Account } from '../objects/service-accounts.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { inventoryOf } from '../resource/status/inventory.ts';
import { mostInOrder } from '../teardown/bounds.ts';
import { findingsOf, runTeardown } from '../teardown/run.ts';
import { survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { accountOf, actAs, refuseOwnAccount } from './acting.ts';
import { Claims } from './claims.ts';
import { ensureFinalizer } from './finalizer.ts';
import { InstallProgress } from './install-progress.ts';
import { findOurs, refuseForeign } from './ownership.ts';
import { reportedRun, type SessionEnd } from './run-teardown.ts';
import type { SessionPart } from './session-context.ts';
import { withWritten, writtenOf } from './spec-facts.ts';
import { installStatus, refusedStatus, teardownProgress } from './status.ts';

/** What must be held while a ClusterOperator is kept. */
type Prepared = {
  account: Account;
  actor: Cluster;
  outline: Outline;
  claims: Claims;
  found: ReadonlyMap<ObjectId, Found>;
  /** The desired state once more, with its bodies. */
  load(): Promise<Desired>;
  /** Names the state of the spec. */
  key: string;
};

/**
 * Installs and keeps until `stop`.
 * @throws BookendError for everything that a person must put right; nothing was changed then
 */
export async function installAndKeep(stage: SessionPart): Promise<'done'> {
  const { context, status, stop } = stage;
  const prepared = await context.bodies.whole(async () => prepare(stage, await stage.read()));
  if (stop.aborted) return 'done';
  await ensureFinalizer(context, stage.about, prepared.claims.hasAny);
  const { account, outline, claims, found } = prepared;
  const first = status.status.phase !== 'Ready' && status.status.phase !== 'Updating';
  const missing = outline.objects.flatMap(({ id }) => (found.has(id) ? [] : id));
  const { promise: recorded, resolve, reject } = Promise.withResolvers<void>();
  recorded.catch(() => undefined);
  claims.intend(missing, recorded);
  // Before the first object is made: where to look for it, and what proves that it is ours, should this process die in
  // between.
  await status
    .record({
      observedGeneration: stage.about.metadata.generation ?? 0,
      actingAs: `${account.namespace}/${account.name}`,
      inventory: claims.inventory(),
      phase: first ? 'Installing' : 'Updating',
      // What an earlier spec was refused for is no reason any more.
      blocker: '',
      verdict: {
        ready: false,
        reconciling: true,
        stalled: false,
        reason: 'Progressing',
        message: `${outline.objects.length} objects are being installed`,
      },
    })
    .then(resolve, (error: unknown) => {
      reject(error);
      throw error;
    });
  await keep(stage, prepared, first);
  return 'done';
}

/** All that is checked before anything is changed. */
async function prepare(stage: SessionPart, resource: ClusterOperator): Promise<Prepared> {
  const { context, status, stop } = stage;
  const account = accountOf(stage, resource);
  const actor = await actAs(context.cluster, account, resource.metadata.name);
  const lookUp = async (apiVersion: string, kind: string) => {
    const info = await actor.kind(apiVersion, kind);
    return info && (info.namespaced ? 'Namespaced' : 'Cluster');
  };
  const desiredFor = (of: ClusterOperator) =>
    desiredOf(of, lookUp, {
      seedImage: context.shares.seedImage,
      imageVolumes: context.shares.firstTried(stop),
      live: (ref) => actor.get(ref),
    });
  const desired = await desiredFor(resource);
  refuseOwnAccount(desired.objects, account);
  const { name, uid = '', generation } = resource.metadata;
  const key = `${uid}/${generation}`;
  const outline = context.bodies.outline(key, desired);
  const claims = new Claims({
    outline,
    inventory: inventoryOf(resource.status),
    makeNonce: context.makeNonce,
    record: (inventory) => status.record({ inventory }),
    claimedBy: (claimed) => context.claimedBy(claimed, name),
  });
  const found = await refuseForeign(actor, outline.objects, claims);
  return { account, actor, outline, claims, found, key, load: async () => desiredFor(await stage.readAgain()) };
}

/** How long to wait before what left the spec is tried again, in ms. */
const removeRetryMs = 15_000;

/** Runs the installation until `stop`; once all is ready, what left the spec is taken down, once for each spec. */
function keep(stage: SessionPart, prepared: Prepared, first: boolean): Promise<void> {
  const { context, about, status, stop } = stage;
  const { actor, outline, claims, found, key, load } = prepared;
  const started = context.clock.now();
  return new Promise((resolve) => {
    let announced = false;
    let removing = false;
    /** Why what left the spec could not be removed. */
    let held = '';
    let last: InstallDecision | undefined;
    const inventory = () => ({ inventory: claims.inventory() });
    const tellInstall = (decision: InstallDecision) => status.note(installStatus(decision, first, progress.isStalled), inventory);
    const progress = new InstallProgress(context.clock, () => {
      if (!last || removing || held) return;
      tellInstall(last);
      context.recorder.warning(about, 'Stalled', status.status.blocker ?? 'an object is not ready');
    });
    const end = () => {
      progress.close();
      installation.close();
      resolve();
    };
    const installation = new Installation({
      cluster: actor,
      clock: context.clock,
      outline,
      name: about.metadata.name,
      found,
      claims,
      withBody: (wanted, work) => context.bodies.use(key, wanted, load, work),
      onDrift: (id, what) => {
        context.recorder.normal(about, 'DriftRepaired', `${describeId(id)} was ${what} by another client; Bookend repaired it`);
        context.meters.drift.inc();
      },
      onDecision: (decision: InstallDecision) => {
        last = decision;
        progress.note(decision);
        if (removing || held) return status.note({}, inventory);
        tellInstall(decision);
        const complete = decision.ready === outline.objects.length;
        if (!complete || announced) return;
        announced = true;
        context.meters.installed.observe((context.clock.now() - started) / 1000);
        if (claims.leavers().length === 0) {
          context.recorder.normal(about, 'Installed', `all ${outline.objects.length} objects are installed and ready`);
          return;
        }
        const remove = () => {
          if (stop.aborted) return;
          removing = true;
          removeLeavers(stage, prepared)
            .then(() => {
              if (stop.aborted) return;
              removing = false;
              held = '';
              claims.forgetLeavers();
              status.note(installStatus(decision, false), inventory);
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
async function removeLeavers(stage: SessionPart, { actor, outline, claims, load }: Prepared): Promise<void> {
  const { context, about, status, stop } = stage;
  const wanted = new Set(outline.objects.map(({ id }) => id));
  const leavers = claims.leavers();
  const startedAt = context.clock.now();
  let ids: ObjectId[] = [];
  await runTeardown<SessionEnd>({
    ...reportedRun(stage, {
      actor,
      startedAt,
      // A spec that is changed once more gives another order.
      isOnRecord: false,
      note(decision, { plan }) {
        const { blocker = '', wait } = teardownProgress(plan, decision);
        status.note({ blocker, ...(wait && { wait }) });
      },
    }),
    // The rest of the ClusterOperator stays.
    isNewcomer: (object) => !wanted.has(idOf(object)),
    async look(newcomers, before) {
      const round = await context.bodies.whole(async () => {
        const ours = await findOurs(actor, about.metadata.name, leavers);
        const known = new Set(ours.map(idOf));
        const live = [...ours, ...newcomers.filter((object) => !known.has(idOf(object)))].filter(
          (object) => !wanted.has(idOf(object)),
        );
        if (live.length === 0 || stop.aborted) return undefined;
        refuseStillNeeded(await load(), live);
        const surveyed = await survey(actor, withWritten(live, writtenOf(leavers)), [], { mostInstances: mostInOrder });
        const plan = planOfSurvey(surveyed, [{ name: 'removed', dependsOn: [], objects: [...known] }]);
        ids = live.map(idOf);
        return { found: findingsOf(surveyed), plan };
      });
      if (!round) return { end: { how: 'stopped' } };
      if (!before) context.recorder.normal(about, 'Removing', `${ids.map(describeId).join(', ')} left the spec`);
      return round;
    },
    whenGone: async () => {
      context.recorder.normal(about, 'Removed', `${ids.length} objects that left the spec are gone`);
      return { how: 'gone' };
    },
  });
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
