/**
 * An uninstall, played from its first request until nothing moves any more: what the tool did, what became of every
 * object, and what is left. The cluster is simulated; nothing real is read or written.
 */

import type { Change, Stored } from '../../cluster/simulated/api/store.ts';
import type { Happening, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { ToolStep } from '../../uninstall/step.ts';
import type { Ending, UninstallContext } from '../../uninstall/tool.ts';
import { uninstalls } from '../../uninstall/tools.ts';
import { withSupposed } from './held.ts';
import { type HookPods, runHookPods } from './hook-pods.ts';
import { leftOf } from './left.ts';
import { lossesOf } from './losses.ts';
import type { Left, Moment, Play } from './outcome.ts';
import { PodEnds } from './pod-ends.ts';
import { refusalsIn } from './refusals.ts';
import { setUpPlay, snapshot } from './setup.ts';

/** @throws BookendError bad-input where the subject's own annotations name nothing: see `bookend.dev/depends-on`. */
export async function play(subject: Subject, scenario: Scenario, serving: Serving): Promise<Play> {
  return (await playAround(subject, scenario, serving)).play;
}

/** Something that is done beside the uninstall. Resolves with what went wrong. */
export type Deed = (simulated: SimulatedCluster) => Promise<string | undefined>;

export type PlayedAround = {
  play: Play;
  /** All objects before and after everything, by identity. */
  before: ReadonlyMap<ObjectId, Stored>;
  after: ReadonlyMap<ObjectId, Stored>;
  /** Why what was to be done beside it was not done. */
  failure?: string;
};

/**
 * The same, with what a person does before the uninstall, and when nothing moves any more.
 * @throws BookendError as `play` does
 */
export async function playAround(
  subject: Subject,
  scenario: Scenario,
  serving: Serving,
  { before, after }: { before?: Deed; after?: Deed } = {},
): Promise<PlayedAround> {
  const setup = setUpPlay(subject, scenario, serving);
  const { simulated } = setup;
  const startedAt = simulated.clock.now();
  const pods = new PodEnds(simulated.environment, startedAt, setup.planOf);
  const losses = lossesOf(simulated, () => pods.accounts());
  simulated.environment.onAny((change) => {
    pods.changed(change);
    for (const loss of losses(change)) pods.lost(loss);
    if (change.kind.key === 'serviceaccounts') expireToken(simulated, change, pods);
  });
  const hooks = runHookPods(simulated, setup.world, new Set(subject.hooks.map(({ object }) => idOf(object))));
  const steps: ToolStep[] = [];
  const watched = { simulated, hooks, startedAt };
  const failedBefore = before && (await done(before, watched));
  const ending = failedBefore === undefined ? await run(subject, scenario, watched, steps) : undefined;
  const endedMs = simulated.clock.now() - startedAt;
  let settledMs = await untilQuiet(watched);
  const failure = failedBefore ?? (after && (await done(after, watched)));
  if (after) settledMs = await untilQuiet(watched);
  const podEnds = pods.all();
  const refused = refusalsIn(simulated, scenario.tool, startedAt);
  const left = withSupposed(leftOf({ subject, tool: scenario.tool, setup, serving, steps, refused, pods: podEnds }), setup);
  const outcome = outcomeOf(ending, left);
  // It waited for supposed objects only, until it was stopped here: without them it returns when all has settled.
  const returnedMs = ending === undefined && outcome === 'succeeded' ? settledMs : endedMs;
  const play: Play = {
    scenario,
    outcome,
    ...(ending?.message !== undefined && { message: ending.message }),
    returnedMs,
    settledMs: Math.max(settledMs, ending === undefined ? 0 : endedMs),
    steps: steps.map((step) => withWords(step, hooks.failures)),
    moments: momentsOf(simulated, startedAt),
    pods: podEnds,
    refused,
    left,
    supposed: setup.supposed,
    undecided: [...simulated.server.undecided],
    ...(setup.supposedObjects.length > 0 && { supposedObjects: setup.supposedObjects }),
  };
  return { play, before: setup.before, after: snapshot(simulated), ...(failure !== undefined && { failure }) };
}

/**
 * The token of an account that is to go and is kept by a finalizer is refused a minute later
 * (`pkg/serviceaccount/claims.go`).
 */
function expireToken({ clock, server }: SimulatedCluster, { type, object, old }: Change, pods: PodEnds): void {
  if (type !== 'modified' || object.metadata.deletionTimestamp === undefined || old?.metadata.deletionTimestamp !== undefined)
    return;
  clock.afterSettled(tokenLeewayMs, () => {
    if (server.store.byUid(object.metadata.uid) === undefined) return;
    const { namespace, name } = object.metadata;
    pods.lost({
      account: `${namespace}/${name}`,
      by: idOf(object),
      what: 'its token: refused a minute after the deletion was asked for',
    });
  });
}

const tokenLeewayMs = 61_000;

/**
 * A tool that waits without an end looks at least this often, in ms: when it has not acted for so long in a cluster at
 * rest, it never will.
 */
const longestPollMs = 12_000;
/** A hook's program may wait without anything moving; but not for longer than this, in ms. */
const programMs = 120_000;
/** A tool with an end of its own is given this long, in ms. */
const longestMs = 24 * 3_600_000;
/**
 * Where things come again as often as they are deleted there is never rest: nothing is watched for longer, in ms beyond
 * the grace periods, nor for more happenings.
 */
const longestUnrestMs = 3_600_000;
const mostHappenings = 50_000;

/** Undefined: it would never return. */
async function run(subject: Subject, scenario: Scenario, watched: Watched, steps: ToolStep[]): Promise<Ending | undefined> {
  const { simulated, startedAt } = watched;
  const { clock } = simulated;
  let waiting = false;
  let ending: Ending | undefined;
  let failure: unknown;
  const { cluster, clock: ownClock, kill } = simulated.connect();
  const context: UninstallContext = {
    subject,
    scenario,
    cluster,
    clock: ownClock,
    startedAt,
    steps,
    waitsForEver: () => (waiting = true),
  };
  uninstalls[scenario.tool](context).then(
    (end) => (ending = end),
    (error: unknown) => (failure = error ?? new Error('failed')),
  );
  await clock.runUntil(
    () => ending !== undefined || failure !== undefined || (waiting && isOver(watched, longestPollMs)),
    longestMs,
  );
  kill();
  if (failure !== undefined) throw failure;
  return ending;
}

/** @returns what went wrong; a deed that waits for what never comes does not end. */
async function done(deed: Deed, watched: Watched): Promise<string | undefined> {
  let end: { failure: string | undefined } | undefined;
  let thrown: unknown;
  deed(watched.simulated).then(
    (failure) => (end = { failure }),
    (error: unknown) => (thrown = error ?? new Error('failed')),
  );
  // The rest before it is none of its own.
  const meanwhile = { ...watched, startedAt: watched.simulated.clock.now() };
  await watched.simulated.clock.runUntil(
    () => end !== undefined || thrown !== undefined || isOver(meanwhile, programMs),
    longestMs,
  );
  if (thrown !== undefined) throw thrown;
  return end === undefined ? 'it does not end' : end.failure;
}

/** Nothing happens by itself any more, and nobody has acted for `idleMs`; or it goes on and on. */
function isOver({ simulated, hooks, startedAt }: Watched, idleMs: number): boolean {
  const { clock, log, server } = simulated;
  if (log.length > mostHappenings) return true;
  const idle = clock.now() - Math.max(log.at(-1)?.at ?? 0, startedAt);
  if (simulated.isQuiet && idle > (hooks.isRunning() ? programMs : idleMs)) return true;
  const unrest = clock.now() - startedAt - longestUnrestMs;
  return unrest > 0 && unrest > graceMs(server);
}

type Watched = { simulated: SimulatedCluster; hooks: HookPods; startedAt: number };

/** A Pod that stops may take its whole grace period. */
function graceMs({ store }: SimulatedCluster['server']): number {
  const graces = store
    .all('pods')
    .map(({ metadata }) => (metadata.deletionTimestamp === undefined ? 0 : (metadata.deletionGracePeriodSeconds ?? 0)));
  return Math.max(0, ...graces) * 1_000;
}

/** @returns when the last thing happened, in ms since the start. */
async function untilQuiet(watched: Watched): Promise<number> {
  const { simulated, startedAt } = watched;
  await simulated.clock.runUntil(() => isOver(watched, -1), 2 * longestMs);
  return Math.max(0, (simulated.log.at(-1)?.at ?? startedAt) - startedAt);
}

function outcomeOf(ending: Ending | undefined, left: readonly Left[]): Play['outcome'] {
  if (ending?.outcome === 'failed') return 'failed';
  const stuck = left.filter(({ why }) => why === 'stuck');
  if (stuck.some(({ supposed }) => !supposed)) return 'hangs';
  // A tool that waits for what only supposed objects hold would have ended without them.
  return ending === undefined && stuck.length === 0 ? 'hangs' : 'succeeded';
}

/** A hook that failed says why only in its log. */
function withWords(step: ToolStep, failures: ReadonlyMap<ObjectId, string>): ToolStep {
  if (step.what !== 'wait-hook' || step.answer === 'done') return step;
  const log = failures.get(step.id);
  return log === undefined ? step : { ...step, message: `${step.message ?? 'it failed'}; its log: ${log}`, log };
}

function momentsOf({ log }: SimulatedCluster, startedAt: number): Moment[] {
  return log
    .filter(({ what, id }) => !quietHappenings.has(what) && !id.startsWith('Event/'))
    .map(({ at, what, id, ref, message }) => ({
      at: at - startedAt,
      what,
      id,
      uid: ref.uid ?? '',
      ...(message !== undefined && { message }),
    }));
}

const quietHappenings = new Set<Happening>(['scheduled', 'unready']);
