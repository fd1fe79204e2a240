/**
 * An uninstall, played from its first request until nothing moves any more: what the tool did, what became of every object, and what is left. The cluster is
 * simulated; nothing real is read or written.
 */
import type { Happening, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { Change } from '../../cluster/simulated/store.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { Left, Moment, Play, Scenario, Serving, Subject, ToolStep } from '../model.ts';
import type { Bench, Ending } from '../tools/tool.ts';
import { uninstalls } from '../tools/tools.ts';
import { isHeld } from './held.ts';
import { runHookPods } from './hook-pods.ts';
import { leftOf } from './left.ts';
import { lossesOf } from './losses.ts';
import { PodEnds } from './pod-ends.ts';
import { refusalsIn } from './refusals.ts';
import { type Stage, setStage } from './stage.ts';

/** @throws BookendError bad-input where the subject's own annotations name nothing: see `bookend.dev/depends-on`. */
export async function play(subject: Subject, scenario: Scenario, serving: Serving): Promise<Play> {
  const stage = setStage(subject, scenario, serving);
  const { simulated } = stage;
  const startedAt = simulated.clock.now();
  const pods = new PodEnds(simulated.environment, startedAt, stage.planOf);
  const losses = lossesOf(simulated, () => pods.accounts());
  simulated.environment.onAny((change) => {
    pods.changed(change);
    for (const loss of losses(change)) pods.lost(loss);
    if (change.kind.key === 'serviceaccounts') expireToken(simulated, change, pods);
  });
  const failures = runHookPods(simulated, stage.world, new Set(subject.hooks.map(({ object }) => idOf(object))));
  const steps: ToolStep[] = [];
  const ending = await run(subject, scenario, stage, steps);
  const returnedMs = simulated.clock.now() - startedAt;
  const settledMs = await untilQuiet(simulated, startedAt);
  return ended({ subject, scenario, serving, stage, steps, ending, returnedMs, settledMs, pods, failures, startedAt });
}

/** The token of an account that is to go and is kept by a finalizer is refused a minute later (`pkg/serviceaccount/claims.go`). */
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

/** How long nothing must happen, in ms, for nothing to be expected any more: the longest waits of controllers between two tries are shorter. */
const quietMs = 120_000;
/** A tool with an end of its own is given this long, in ms. */
const longestMs = 24 * 3_600_000;
/** Where things come again as often as they are deleted there is never quiet: nothing is watched for longer, in ms beyond the grace periods, nor for more happenings. */
const longestUnrestMs = 3_600_000;
const mostHappenings = 50_000;

/** Undefined: it would never return. */
async function run(subject: Subject, scenario: Scenario, { simulated }: Stage, steps: ToolStep[]): Promise<Ending | undefined> {
  const { clock } = simulated;
  const startedAt = clock.now();
  let waiting = false;
  let ending: Ending | undefined;
  let failure: unknown;
  const { cluster, clock: ownClock, kill } = simulated.connect();
  const bench: Bench = { subject, scenario, cluster, clock: ownClock, startedAt, steps, waitsForEver: () => (waiting = true) };
  uninstalls[scenario.tool](bench).then(
    (end) => (ending = end),
    (error: unknown) => (failure = error ?? new Error('failed')),
  );
  await clock.runUntil(
    () => ending !== undefined || failure !== undefined || (waiting && isOver(simulated, startedAt)),
    longestMs,
  );
  kill();
  if (failure !== undefined) throw failure;
  return ending;
}

/** Nothing more is to be expected. */
function isOver({ clock, log, server }: SimulatedCluster, startedAt: number): boolean {
  const last = Math.max(log.at(-1)?.at ?? 0, startedAt);
  if (log.length > mostHappenings) return true;
  const silence = clock.now() - last - quietMs;
  const unrest = clock.now() - startedAt - longestUnrestMs;
  return (silence > 0 || unrest > 0) && Math.max(silence, unrest) > graceMs(server);
}

/** A Pod that stops may take its whole grace period in silence. */
function graceMs({ store }: SimulatedCluster['server']): number {
  const graces = store
    .all('pods')
    .map(({ metadata }) => (metadata.deletionTimestamp === undefined ? 0 : (metadata.deletionGracePeriodSeconds ?? 0)));
  return Math.max(0, ...graces) * 1_000;
}

/** @returns when the last thing happened, in ms since the start. */
async function untilQuiet(simulated: SimulatedCluster, startedAt: number): Promise<number> {
  const { clock, log } = simulated;
  while (!isOver(simulated, startedAt)) await clock.advance(2_000);
  return Math.max(0, (log.at(-1)?.at ?? startedAt) - startedAt);
}

type Played = {
  subject: Subject;
  scenario: Scenario;
  serving: Serving;
  stage: Stage;
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
