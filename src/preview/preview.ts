/**
 * What will happen if this is uninstalled: the play, what is to be said of it, and the same through Bookend beside it.
 */
import { makeWorld } from '../graph/world.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Subject } from '../reading/subject.ts';
import type { Scenario } from '../uninstall/scenario.ts';
import type { Preview } from './document.ts';
import type { Play } from './play/outcome.ts';
import { play } from './play/play.ts';
import { findingsBehindHook, stopsAtHook, withoutHooks } from './rules/behind-hook.ts';
import { findingsOf } from './rules/rules.ts';
import { timelineOf } from './timeline.ts';

export type PreviewOptions = {
  /** Play the same uninstall through Bookend too: always (the default), only where something is found, or never. */
  beside?: 'always' | 'when-found' | 'never';
};

/**
 * The same subject, scenario and seed always give the same preview. Nothing real is read or written.
 * @throws BookendError bad-input where annotations of the subject cannot be understood.
 */
export async function preview(
  subject: Subject,
  scenario: Scenario,
  { beside = 'always' }: PreviewOptions = {},
): Promise<Preview> {
  const world = makeWorld(objectsOf(subject));
  const serving = servingOf(world.objects);
  const played = await play(subject, scenario, serving);
  const context = { subject, scenario, play: played, world, serving };
  const asked = beside !== 'never' && scenario.tool !== 'bookend';
  const alone = asked && beside === 'always' ? undefined : findingsOf(context);
  const wanted = asked && alone?.length !== 0;
  const ordered = wanted ? await play(subject, { ...scenario, tool: 'bookend' }, serving) : undefined;
  const whole = { ...context, ...(ordered && { bookend: ordered }) };
  const found = alone === undefined || ordered ? findingsOf(whole) : alone;
  const later = stopsAtHook(played) ? await play(subject, withoutHooks(scenario), serving) : undefined;
  const findings = later ? findingsBehindHook(whole, later, found) : found;
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

/** Each once: as it is in the cluster, else as it is written. */
function objectsOf({ objects, hooks, crds, surroundings }: Subject): KubernetesObject[] {
  const found = new Map<ObjectId, KubernetesObject>();
  for (const object of [...surroundings.objects, ...[...objects, ...hooks, ...crds].map((given) => given.object)]) {
    const id = idOf(object);
    if (!found.has(id)) found.set(id, object);
  }
  return [...found.values()];
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
