/**
 * Plays every remedy of an explanation on the simulated cluster before it is printed. One that holds exits 0, takes
 * nothing along that does not go anyway, and its blocker is gone when the simulated cluster is asked again. What does
 * not hold is left out; what cannot be played says why.
 */
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { fieldAt, mapOf } from '../../objects/fields.ts';
import { idOfRef } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { runSteps } from '../../remedies/play/run-steps.ts';
import type { CommandStep, Played, ProposedRemedy, Remedy, Unplayable } from '../../remedies/remedy.ts';
import { isPod } from '../../teardown/kinds.ts';
import { allOf, type Blocker, type Snapshot, type Why } from '../blocker.ts';
import { contextOf } from '../blockers.ts';
import type { WhyContext } from '../context.ts';
import { why } from '../why.ts';
import { type Staged, stageOf } from './stage.ts';
import { lostIn, takenAlong } from './taken-along.ts';

/** Why a remedy is not printed, for tests and for whoever wonders. */
export type Dropped = { remedy: ProposedRemedy; because: string };

/** @param onDropped told of each remedy that does not hold */
export async function playRemedies(
  draft: Why<ProposedRemedy>,
  snapshot: Snapshot,
  onDropped: (dropped: Dropped) => void = () => {},
): Promise<Why> {
  const context = contextOf(snapshot);
  const all = allOf(draft.blockers);
  const stages = stagesOf(context, all);
  const known = new Map<ProposedRemedy, Remedy | undefined>();
  let plays = 0;
  for (const blocker of all) {
    for (const remedy of blocker.remedies) {
      const played: Played | string =
        ++plays > mostPlays ? { result: 'not-played', because: 'too-large' } : await play(remedy, blocker, stages, context);
      if (typeof played === 'string') onDropped({ remedy, because: played });
      else known.set(remedy, { ...remedy, played });
    }
  }
  const withPlayed = (blocker: Blocker): Blocker<Remedy> => ({
    ...blocker,
    remedies: blocker.remedies.flatMap((remedy) => known.get(remedy) ?? []),
    because: blocker.because.map(withPlayed),
  });
  return { ...draft, blockers: draft.blockers.map(withPlayed) };
}

/** People read no more of them, and wait no longer. */
const mostPlays = 40;

/** @returns why it does not hold, or how it was played */
async function play(remedy: ProposedRemedy, blocker: Blocker, stage: Stages, context: WhyContext): Promise<Played | string> {
  const because = unplayable(remedy);
  if (because !== undefined) return { result: 'not-played', because };
  const steps = remedy.steps.filter((step) => step.do === 'run');
  if (steps.every(({ looks }) => looks)) return showsOn(stage.forLooks(), steps);
  const { simulated, beside } = stage.fresh();
  const before = objectsIn(simulated);
  const { failure, wrote } = await runSteps(simulated, steps);
  if (failure !== undefined) return failure;
  simulated.clock.settleFor(afterMs);
  const lost = lostIn(before, objectsIn(simulated));
  if (lost.length > 0 && remedy.loses === undefined) return 'it does not tell what is lost';
  const along = takenAlong(lost, before, [context.object, ...refsOf(blocker), ...wrote]);
  if (along !== undefined) return `it takes ${along} along`;
  return isCured(blocker, stage.keys, simulated, beside, context) ? { result: 'cures' } : 'its blocker is still there';
}

type Stages = {
  fresh(): Staged;
  forLooks(): Staged;
  /** Of all blockers before. */
  keys: ReadonlySet<string>;
};

/** What only shows something changes nothing, so that one stage does for all of it. */
function stagesOf(context: WhyContext, all: readonly Blocker[]): Stages {
  let looked: Staged | undefined;
  const fresh = () => stageOf(context, all);
  return {
    fresh,
    keys: new Set(all.map(keyOf)),
    forLooks: () => {
      looked ??= fresh();
      return looked;
    },
  };
}

async function showsOn({ simulated }: Staged, steps: readonly CommandStep[]): Promise<Played | string> {
  const { failure, wrote } = await runSteps(simulated, steps);
  if (failure !== undefined) return failure;
  return wrote.length === 0 ? { result: 'shows' } : 'it changes something';
}

/** So long until what a remedy has set free is over, or stands still. */
const afterMs = 3 * 60_000;

/** Work on nodes and clouds, and what is no command. */
function unplayable({ steps }: ProposedRemedy): Unplayable | undefined {
  for (const step of steps) {
    if (step.do === 'advise') return step.why;
    if (step.do !== 'run') return 'person-decides';
    if (isOfNodes(step)) return 'outside-of-the-cluster';
  }
  return undefined;
}

function isOfNodes({ argv }: CommandStep): boolean {
  return argv[1] === 'taint';
}

function isCured(
  blocker: Blocker,
  before: ReadonlySet<string>,
  simulated: SimulatedCluster,
  beside: readonly KubernetesObject[],
  context: WhyContext,
): boolean {
  const { object: asked, ...snapshot } = context;
  const nodes = new Map(context.objects.map(({ metadata, spec }) => [metadata.uid, fieldAt(spec, 'nodeName')]));
  const objects = [...objectsIn(simulated).map((each) => onNode(each, nodes.get(each.metadata.uid))), ...beside];
  const object = objects.find(({ metadata }) => metadata.uid === asked.metadata.uid);
  if (!object) return true;
  const again = why({ ...snapshot, object, objects, now: simulated.clock.now() });
  const found = allOf(again.blockers);
  const isBack = found.some((other) => isSuccessor(other, blocker) && !before.has(keyOf(other)));
  return !isBack && found.every((other) => keyOf(other) !== keyOf(blocker) || (blocker.stuck && !other.stuck));
}

/** A Pod that its kubelet does not reach has lost its node in the play. */
function onNode(object: KubernetesObject, nodeName: unknown): KubernetesObject {
  return nodeName === undefined || !isPod(object) ? object : { ...object, spec: { ...mapOf(object.spec), nodeName } };
}

function objectsIn({ server }: SimulatedCluster): KubernetesObject[] {
  return server.kinds.listable().flatMap(({ key }) => server.store.all(key));
}

/** Who made it has made another. */
function isSuccessor({ kind, object }: Blocker, blocker: Blocker): boolean {
  return kind === 'not-deleted' && blocker.kind === kind && object?.kind === blocker.object?.kind;
}

function refsOf({ object }: Blocker): ObjectRef[] {
  return object === undefined ? [] : [object];
}

/** What stays the same of a blocker while time passes. */
function keyOf({ kind, object, evidence, says }: Blocker): string {
  const start = says.split(':')[0] ?? '';
  const what = kind === 'finalizer' ? (evidence[0]?.value ?? start) : isGate.has(kind) || !object ? start : '';
  return [kind, object === undefined ? '' : idOfRef(object), what].join(' ');
}

const isGate = new Set<Blocker['kind']>(['webhook', 'refusal']);
