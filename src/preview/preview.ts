/**
 * What will happen if this is uninstalled: the play, what is to be said of it, and the same through Bookend beside it.
 */
import { makeWorld } from '../graph/world.ts';
import { withArgoHooks } from '../knowledge/argo-hooks.ts';
import type { Serving } from '../knowledge/serving/server.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { objectsOf, type Subject } from '../reading/subject.ts';
import type { Scenario } from '../uninstall/scenario.ts';
import type { Preview } from './document.ts';
import type { Play } from './play/outcome.ts';
import { type PlayedAround, play, playAround } from './play/play.ts';
import { withPlayedRemedies } from './remedies/play-remedies.ts';
import type { Stage } from './remedies/trial.ts';
import { findingsBehindHook, stopsAtHook, withFindingsBehindHook, withoutHooks } from './rules/behind-hook.ts';
import type { RuleContext } from './rules/rule-context.ts';
import { findingsOf } from './rules/rules.ts';
import { withToolServing } from './rules/tool-serving.ts';
import { timelineOf } from './timeline.ts';

export type PreviewOptions = {
  /** Play the same uninstall through Bookend too: always (the default), only where something is found, or never. */
  beside?: 'always' | 'when-found' | 'never';
  /** How much may be played to try remedies, in objects times plays. The same input always gives the same answer. */
  trials?: number;
  /** Shared by the previews of one subject with several tools. */
  ordered?: OrderedPlay;
};

/** The same uninstall through Bookend, whatever the tool. */
export type OrderedPlay = (serving: Serving) => Promise<Play>;

/** Plays it when it is asked for, and only once. */
export function orderedPlay(subject: Subject, scenario: Omit<Scenario, 'tool'>): OrderedPlay {
  let known: Promise<Play> | undefined;
  return (serving) => {
    known ??= play(subject, { ...scenario, tool: 'bookend' }, serving);
    return known;
  };
}

/** Enough for twenty plays of a release of 200 objects. */
const usualTrials = 4_000;

/**
 * The same subject, scenario and seed always give the same preview. Nothing real is read or written.
 * @throws BookendError bad-input where annotations of the subject cannot be understood.
 */
export async function preview(
  given: Subject,
  scenario: Scenario,
  { beside = 'always', trials = usualTrials, ordered: playOrdered = orderedPlay(given, scenario) }: PreviewOptions = {},
): Promise<Preview> {
  const subject = scenario.tool === 'argocd' ? withArgoHooks(given) : given;
  const world = makeWorld(objectsOf(subject));
  const serving = withToolServing(servingOf(world.objects), scenario.tool);
  const { play: played, before, after } = await playAround(subject, scenario, serving);
  const context = { subject, scenario, play: played, world, serving };
  const asked = beside !== 'never' && scenario.tool !== 'bookend';
  const alone = asked && beside === 'always' ? undefined : findingsOf(context);
  const wanted = asked && alone?.length !== 0;
  const ordered = wanted ? await playOrdered(serving) : undefined;
  const whole = { ...context, ...(ordered && { bookend: ordered }) };
  const found = alone === undefined || ordered ? findingsOf(whole) : alone;
  const budget = { left: trials };
  const stage: Stage = { context, before, after, found };
  const behind = stopsAtHook(played)
    ? behindHook(context, await playAround(subject, withoutHooks(scenario), serving))
    : undefined;
  const known = [...found, ...(behind?.found ?? [])];
  const answered = await withPlayedRemedies(found, stage, known, budget);
  const next = behind ? findingsBehindHook(whole, behind.context.play, found) : [];
  const findings = behind ? withFindingsBehindHook(answered, await withPlayedRemedies(next, behind, known, budget)) : answered;
  return {
    subject: {
      from: subject.from,
      name: subject.name,
      namespace: subject.namespace,
      live: subject.surroundings.from === 'cluster',
      objects: subject.objects.length,
    },
    scenario,
    outcome: played.outcome,
    ...(played.message !== undefined && { message: played.message }),
    returnedMs: played.returnedMs,
    settledMs: played.settledMs,
    findings,
    timeline: timelineOf(played, subject),
    left: played.left,
    ...(ordered && { bookend: besides(ordered, subject) }),
    supposed: played.supposed,
    notSeen: [...subject.surroundings.notSeen, ...played.undecided],
  };
}

/** What comes once the hook is out of the way is tried where it comes. */
function behindHook(context: RuleContext, { play: later, before, after }: PlayedAround): Stage {
  const behind = { ...context, scenario: later.scenario, play: later };
  return { context: behind, before, after, found: findingsOf({ ...context, play: later }), isBehindHook: true };
}

function besides(played: Play, subject: Subject): NonNullable<Preview['bookend']> {
  const failed = played.pods.filter(({ preStop }) => preStop?.outcome === 'failed' && preStop.calls !== 'unlikely');
  return {
    outcome: played.outcome,
    settledMs: played.settledMs,
    failedPreStopHooks: failed.length,
    left: played.left,
    timeline: timelineOf(played, subject),
  };
}
