/**
 * Plays every command of a receipt on the simulated cluster before it is printed: it ends, what it is for is gone, and
 * nothing else goes but what belongs to that. What cannot be played says why.
 */
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { runSteps } from '../../remedies/play/run-steps.ts';
import type { Played } from '../../remedies/remedy.ts';
import type { Receipt, Residue } from '../receipt.ts';
import { heldBy } from '../remedies.ts';
import type { SeenObject, Snapshot } from '../snapshot.ts';
import { concernedBy, stageOf } from './stage.ts';

/** @param onFailed told of each command that does not hold, and why: nobody but tests expects any */
export async function playRemovals(
  receipt: Receipt,
  after: Snapshot,
  now: number,
  onFailed: (residue: Residue, because: string) => void = () => {},
): Promise<Receipt> {
  const residue: Residue[] = [];
  for (const [index, each] of receipt.residue.entries()) {
    const played = index < mostPlays ? await play(each, after, now) : ({ result: 'not-played', because: 'too-large' } as const);
    if (typeof played === 'string') onFailed(each, played);
    residue.push(typeof played === 'string' ? each : { ...each, remedy: { ...each.remedy, played } });
  }
  return { ...receipt, residue };
}

/** People read no more of them. */
const mostPlays = 40;
/** More than that goes with an object: nobody waits for the play. */
const mostStaged = 2_000;
/** So long until what a command has set free is over, in ms. */
const afterMs = 3 * 60_000;

/** @returns why it does not hold, or how it was played */
async function play({ ref, field, remedy }: Residue, after: Snapshot, now: number): Promise<Played | string> {
  const steps = remedy.steps.filter((step) => step.do === 'run');
  const object = after.objects.get(ref.uid);
  if (object === undefined || steps.every(({ looks }) => looks)) return remedy.played;
  // Its controller is not on the stage.
  if (field === undefined && heldBy(object).length > 0 && steps.some(({ looks }) => looks))
    return { result: 'not-played', because: 'another-program' };
  const concerned = field === undefined ? concernedBy([object], after) : [object];
  if (concerned.length > mostStaged) return { result: 'not-played', because: 'too-large' };
  const bystanders = [...after.objects.values()].filter((each) => each !== object && each.ref.namespace === ref.namespace);
  const staged = new Map([...concerned, ...bystanders.slice(0, mostBystanders)].map((each) => [each.ref.uid, each]));
  const simulated = stageOf([...staged.values()], now);
  simulated.clock.settleFor(afterMs);
  const before = uidsIn(simulated);
  const { failure } = await runSteps(simulated, steps);
  if (failure !== undefined) return failure;
  simulated.clock.settleFor(afterMs);
  return (
    problemOf(before, simulated, object, field?.path, new Set(concerned.map(({ ref: { uid } }) => uid))) ?? { result: 'cures' }
  );
}

/** Of its neighbours some are enough to notice a command that means too much. */
const mostBystanders = 50;

function problemOf(
  before: ReadonlySet<string>,
  simulated: SimulatedCluster,
  { id, ref }: SeenObject,
  path: string | undefined,
  concerned: ReadonlySet<string>,
): string | undefined {
  const left = uidsIn(simulated);
  const along = [...before].find((uid) => !left.has(uid) && (path !== undefined || !concerned.has(uid)));
  if (along !== undefined) return `it takes ${along} along`;
  if (path === undefined) return left.has(ref.uid) ? `${id} is still there` : undefined;
  const now = objectsIn(simulated).find(({ metadata }) => metadata.uid === ref.uid);
  const { labels = {}, annotations = {}, finalizers = [] } = now?.metadata ?? {};
  const key = /^metadata\.\w+(?:\[(.*)\]|\.(.*))$/
    .exec(path)
    ?.slice(1)
    .find((part) => part !== undefined);
  const has =
    key !== undefined && [...Object.keys(path.startsWith('metadata.labels') ? labels : annotations), ...finalizers].includes(key);
  return has ? `${path} is still there` : undefined;
}

function uidsIn(simulated: SimulatedCluster): Set<string> {
  return new Set(objectsIn(simulated).flatMap(({ metadata }) => metadata.uid ?? []));
}

function objectsIn({ server }: SimulatedCluster) {
  return server.kinds.listable().flatMap(({ key }) => server.store.all(key));
}
