/**
 * An uninstall, played from its first request until nothing moves any more: what the tool did, what became of every
 * object, and what is left. The cluster is simulated; nothing real is read or written.
 */

import type { Change } from '../../cluster/simulated/api/store.ts';
import type { Happening, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { ToolStep } from '../../uninstall/step.ts';
import type { Ending, UninstallContext } from '../../uninstall/tool.ts';
import { uninstalls } from '../../uninstall/tools.ts';
import { isHeld } from './held.ts';
import { type HookPods, runHookPods } from './hook-pods.ts';
import { leftOf } from './left.ts';
import { lossesOf } from './losses.ts';
import type { Left, Moment, Play } from './outcome.ts';
import { PodEnds } from './pod-ends.ts';
import { refusalsIn } from './refusals.ts';
import { type PlaySetup, setUpPlay } from './setup.ts';

/** @throws BookendError bad-input where the subject's own annotations name nothing: see `bookend.dev/depends-on`. */
export async function play(subject: Subject, scenario: Scenario, serving: Serving): Promise<Play> {
  const stage = setUpPlay(subject, scenario, serving);
  const { simulated } = stage;
  const startedAt = simulated.clock.now();
  const pods = new PodEnds(simulated.environment, startedAt, stage.planOf);
  const losses = lossesOf(simulated, () => pods.accounts());
  simulated.environment.onAny((change) => {
    pods.changed(change);
    for (const loss of losses(change)) pods.lost(loss);
    if (change.kind.key === 'serviceaccounts') expireToken(simulated, change, pods);
  });
  const hooks = runHookPods(simulated, stage.world, new Set(subject.hooks.map(({ object }) => idOf(object))));
  const steps: ToolStep[] = [];
  const watched = { simulated, hooks, startedAt };
  const ending = await run(subject, scenario, watched, steps);
  const returnedMs = simulated.clock.now() - startedAt;
  const settledMs = await untilQuiet(watched);
  return ended({
    subject,
    scenario,
    serving,
    stage,
    steps,
    ending,
    returnedMs,
    settledMs,
    pods,
    failures: hooks.failures,
    startedAt,
  });
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
  const bench: UninstallContext = {
    subject,
    scenario,
    cluster,
    clock: ownClock,
    startedAt,
    steps,
    waitsForEver: () => (waiting = true),
  };
  uninstalls[scenario.tool](bench).then(
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

type Played = {
  subject: Subject;
  scenario: Scenario;
  serving: Serving;
  stage: PlaySetup;
  steps: ToolStep[];
  ending: Ending | undefined;
  returnedMs: number;
  settledMs: number;
  pods: PodEnds;
  /** What programs of hooks printed when they failed. */
  failures: ReadonlyMap<ObjectId, string>;
  startedAt: number;
};

function ended({
  subject,
  scenario,
  serving,
  stage,
  steps,
  ending,
  returnedMs,
  settledMs,
  pods,
  failures,
  startedAt,
}: Played): Play {
  const podEnds = pods.all();
  const refused = refusalsIn(stage.simulated, scenario.tool, startedAt);
  const left = leftOf({ subject, tool: scenario.tool, stage, serving, steps, refused, pods: podEnds });
  const isStuck = isHeld(left, stage);
  return {
    scenario,
    outcome: outcomeOf(ending, isStuck, left),
    ...(ending?.message !== undefined && { message: ending.message }),
    returnedMs,
    settledMs: Math.max(settledMs, ending === undefined ? 0 : returnedMs),
    steps: steps.map((step) => withWords(step, failures)),
    moments: momentsOf(stage.simulated, startedAt),
    pods: podEnds,
    refused,
    left,
    supposed: stage.supposed,
    undecided: [...stage.simulated.server.undecided],
    ...(stage.supposedObjects.length > 0 && { supposedObjects: stage.supposedObjects }),
  };
}

function outcomeOf(ending: Ending | undefined, isStuck: boolean, left: readonly Left[]): Play['outcome'] {
  if (ending?.outcome === 'failed') return 'failed';
  if (isStuck) return 'hangs';
  // A tool that waits for what only supposed objects hold would have ended without them.
  return ending === undefined && !left.some(({ why }) => why === 'stuck') ? 'hangs' : 'succeeded';
}

/** A hook that failed says why only in its log. */
function withWords(step: ToolStep, failures: ReadonlyMap<ObjectId, string>): ToolStep {
  const words = step.what === 'wait-hook' && step.id !== undefined && step.answer !== 'done' ? failures.get(step.id) : undefined;
  return words === undefined ? step : { ...step, message: `${step.message ?? 'it failed'}; its log: ${words}` };
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
