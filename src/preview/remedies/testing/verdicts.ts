/** Every remedy that the rules propose for a subject, with what its play showed: those too that are never printed. */
import { makeWorld } from '../../../graph/world.ts';
import { servingOf } from '../../../knowledge/serving/serving.ts';
import { objectsOf, type Subject } from '../../../reading/subject.ts';
import type { ProposedRemedy } from '../../../remedies/remedy.ts';
import type { Scenario } from '../../../uninstall/scenario.ts';
import type { UnplayedFinding } from '../../finding.ts';
import { playAround } from '../../play/play.ts';
import { stopsAtHook, withoutHooks } from '../../rules/behind-hook.ts';
import { findingsOf } from '../../rules/rules.ts';
import { type Verdict, withPlayedRemedies } from '../play-remedies.ts';
import type { Stage } from '../trial.ts';

export type Judged = { finding: UnplayedFinding; remedy: ProposedRemedy; verdict: Verdict };

/** The uninstall as it is played before any remedy. */
export async function stageOf(subject: Subject, scenario: Scenario): Promise<Stage> {
  const world = makeWorld(objectsOf(subject));
  const serving = servingOf(world.objects);
  const { play, before, after } = await playAround(subject, scenario, serving);
  const context = { subject, scenario, play, world, serving };
  return { context, before, after, found: findingsOf(context) };
}

export async function verdictsOf(subject: Subject, scenario: Scenario): Promise<Judged[]> {
  const stage = await stageOf(subject, scenario);
  const { context, found } = stage;
  const judged: Judged[] = [];
  const tell = (finding: UnplayedFinding, remedy: ProposedRemedy, verdict: Verdict) => judged.push({ finding, remedy, verdict });
  const later = stopsAtHook(context.play) ? await playAround(subject, withoutHooks(scenario), context.serving) : undefined;
  const behind = later ? findingsOf({ ...context, play: later.play }) : [];
  await withPlayedRemedies(found, stage, [...found, ...behind], { left: Infinity }, tell);
  return judged;
}

/** How one remedy comes out for a finding of the stage. */
export async function verdictOn(remedy: ProposedRemedy, finding: UnplayedFinding, stage: Stage): Promise<Verdict> {
  const judged: Verdict[] = [];
  const found = [{ ...finding, remedies: [remedy] }];
  await withPlayedRemedies(found, stage, stage.found, { left: Infinity }, (_, __, verdict) => judged.push(verdict));
  return judged[0] as Verdict;
}
