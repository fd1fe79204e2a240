/** A remedy played: its changes made, its commands run, the same uninstall again. */
import type { Stored } from '../../cluster/simulated/api/store.ts';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { World } from '../../graph/edge.ts';
import { makeWorld } from '../../graph/world.ts';
import { servingOf } from '../../knowledge/serving/serving.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { objectsOf } from '../../reading/subject.ts';
import { readPrinted } from '../../remedies/play/printed.ts';
import type { CommandStep, ProposedRemedy } from '../../remedies/remedy.ts';
import { parseDuration } from '../../teardown/duration.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { UnplayedFinding } from '../finding.ts';
import { type Deed, type PlayedAround, playAround } from '../play/play.ts';
import type { RuleContext } from '../rules/rule-context.ts';
import { findingsOf } from '../rules/rules.ts';
import { withToolServing } from '../rules/tool-serving.ts';
import { changedSubject } from './change-subject.ts';
import { type Deeds, runCommand } from './run-command.ts';

/** A play that remedies are tried against, and what was found in it. */
export type Stage = {
  context: RuleContext;
  before: ReadonlyMap<ObjectId, Stored>;
  after: ReadonlyMap<ObjectId, Stored>;
  found: readonly UnplayedFinding[];
  /** Its hooks were left out only to see what comes once they are fixed: a hook that a remedy adds runs. */
  isBehindHook?: true;
};

export type Trial = Stage & { deeds: Deeds };

/** @returns what came of it, or why it could not be done, in words */
export async function tried({ steps }: ProposedRemedy, { context, isBehindHook }: Stage): Promise<Trial | string> {
  const runsAlone = isBehindHook && steps.some((step) => step.do === 'hook');
  const given = runsAlone ? { ...context.subject, hooks: [] } : context.subject;
  const subject = changedSubject(given, steps);
  if (typeof subject === 'string') return subject;
  const commands = steps.filter((step) => step.do === 'run');
  const instead = scenarioInstead(context.scenario, commands);
  if (typeof instead === 'string') return instead;
  const scenario = runsAlone ? { ...instead, hooks: true } : instead;
  const world = subject === context.subject ? context.world : makeWorld(objectsOf(subject));
  const serving = subject === context.subject ? context.serving : withToolServing(servingOf(world.objects), scenario.tool);
  const deeds: Deeds = { targets: new Set(), finalizers: [], deleted: [], changed: new Map() };
  const deedOf = (...whens: CommandStep['when'][]): { deed?: Deed } => {
    const those = commands.filter(({ when, looks }) => whens.includes(when) && !looks);
    return those.length === 0 ? {} : { deed: (simulated) => runAll(those, simulated, deeds) };
  };
  const { deed: before } = deedOf('before', 'now');
  const { deed: after } = deedOf('after');
  const around = { ...(before && { before }), ...(after && { after }) };
  const end: PlayedAround = await playAround(subject, scenario, serving, around);
  if (end.failure !== undefined) return end.failure;
  const { bookend: _, ...rest } = context;
  const alone: RuleContext = { ...rest, subject, scenario, world: worldAfter(world, deeds), serving, play: end.play };
  return { context: alone, before: end.before, after: end.after, found: findingsOf(alone), deeds };
}

/** As rules see it when commands have changed objects before the uninstall. */
function worldAfter(world: World, { changed }: Deeds): World {
  if (changed.size === 0) return world;
  return makeWorld(world.objects.map((object) => changed.get(world.idOf(object)) ?? object));
}

/** @returns why one of them failed */
async function runAll(commands: readonly CommandStep[], simulated: SimulatedCluster, deeds: Deeds): Promise<string | undefined> {
  for (const command of commands) {
    const failure = await runCommand(command, simulated, deeds);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** The uninstall that is run in place of the one that was played. */
function scenarioInstead(scenario: Scenario, commands: readonly CommandStep[]): Scenario | string {
  let changed = scenario;
  for (const step of commands.filter(({ when }) => when === 'instead')) {
    const line = readPrinted(step);
    if (typeof line === 'string') return line;
    if (line.program !== 'helm' || line.verb !== 'uninstall') return `${line.program} ${line.verb} is not simulated`;
    const timeout = line.flags.get('--timeout');
    changed = {
      ...changed,
      ...(line.flags.has('--no-hooks') && { hooks: false }),
      ...(line.flags.has('--wait') && { wait: true }),
      ...(timeout !== undefined && { timeoutMs: parseDuration(timeout) }),
    };
  }
  return changed;
}
