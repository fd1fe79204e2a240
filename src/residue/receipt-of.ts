/**
 * Compares two snapshots, and says of what is left whose it is.
 *
 *   before ──┐
 *            ├──► whose objects? ──► left: residue │ gone │ kept by wish
 *   after ───┘          │
 *                       └──► the others: which of their fields did the release write?
 */
import { servingOf } from '../knowledge/serving/serving.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import type { Attributed } from './attributed.ts';
import { type ForeignField, foreignFieldsOf } from './foreign-fields.ts';
import { isInstalledAgain, isRecord } from './marks.ts';
import type { Programs } from './programs.ts';
import type { FailedPreStopHook, Forced, Gone, Kept, KeptBy, Receipt, Residue, Stopped } from './receipt.ts';
import { indexOf, type ReleaseFacts, type ReleaseIndex } from './release-facts.ts';
import { fieldRemoval, removalOf } from './remedies.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';
import { verdictOf } from './verdict.ts';
import { whatOf } from './what.ts';
import { attributedObjects } from './whose.ts';

export type ReceiptInput = {
  release: ReleaseFacts;
  /** Taken before the uninstall changed anything. */
  before?: Snapshot;
  after: Snapshot;
  /** Living objects as they were before the uninstall, where they are known: they tell who serves a finalizer. */
  surroundings?: readonly KubernetesObject[];
  /** What the uninstall saw go. What is missing from `after` beyond that is found by itself. */
  gone?: readonly Gone[];
  /** What was left on purpose: it is no residue. */
  kept?: readonly Kept[];
  forced?: readonly Forced[];
  /** Objects without an owner that outlived the operator which made them, as the uninstall saw it. */
  leftByOperators?: readonly { id: ObjectId; by: ObjectId }[];
  failedPreStopHooks?: readonly FailedPreStopHook[];
  stopped?: Stopped;
  /** What the uninstall could not look at. */
  notSeen?: readonly string[];
};

/** Pure: the same input always gives the same receipt. */
export function receiptOf(input: ReceiptInput): Receipt {
  const { release, before, after, forced = [], failedPreStopHooks = [], stopped } = input;
  const index = indexOf(release);
  const whose = { index, after, ...(before && { before }) };
  const { found, programs } = attributedObjects(whose);
  const there = [...[...found.values()].filter(({ object }) => after.objects.has(object.ref.uid)), ...watched(input, found)];
  const kept = [
    ...(input.kept ?? []),
    ...keptByWish(
      release,
      there.map(({ object }) => object),
      input.kept ?? [],
    ),
  ];
  const isKept = keptOf(kept, after);
  const left = there.filter(({ object }) => !isKept(object));
  const ours = new Set([...index.places.keys(), ...[...found.values()].map(({ object }) => object.id)]);
  const given = [...release.crds, ...release.objects, ...release.hooks].map(({ object }) => object);
  const serving = servingOf([...(input.surroundings ?? []), ...given]);
  const who = { index, programs, serving, isOurs: (id: ObjectId) => ours.has(id) };
  const isOthers = ({ ref }: SeenObject) => (found.get(ref.uid)?.confidence ?? 'possible') === 'possible';
  // What somebody wants to keep, with the operator that serves it, keeps its finalizers too.
  const isWanted = keptOf(
    kept.filter(({ by }) => by === 'user'),
    after,
  );
  const isUnserved = unservedIn(after, programs);
  const others = [...after.objects.values()].filter((object) => isOthers(object) && !isWanted(object));
  const fields = others.flatMap((object) => foreignFieldsOf(object, who));
  const receipt = {
    release: { name: release.name, namespace: release.namespace },
    ...(index.from !== 'release' && { from: index.from }),
    snapshots: { ...(before && { before: before.at }), after: after.at },
    gone: [...(input.gone ?? []), ...goneBesides(found, input)],
    kept,
    forced,
    failedPreStopHooks,
    ...(stopped && { stopped }),
    residue: [...left.map((each) => residueOf(each, isUnserved)), ...withoutOwn(fields, left).map(residueOfField)].sort(
      surestFirst,
    ),
    notSeen: notSeenOf(input, index),
  };
  return { ...receipt, verdict: verdictOf(receipt) };
}

/** What the uninstall has seen and no rule finds: the objects themselves say nothing of it. */
function watched({ leftByOperators = [], after }: ReceiptInput, found: ReadonlyMap<string, Attributed>): Attributed[] {
  const makers = new Map(leftByOperators.map(({ id, by }) => [id, by] as const));
  return [...after.objects.values()].flatMap((object): Attributed[] => {
    const by = makers.get(object.id);
    if (by === undefined || found.has(object.ref.uid)) return [];
    const evidence = { clue: 'manager', object: by, says: 'probably made it, and left it without an owner' } as const;
    return [{ object, what: whatOf(object, 'object'), confidence: 'possible', evidence: [evidence] }];
  });
}

type Unserved = (object: SeenObject, finalizer: string) => boolean;

/** A program of the release set the finalizer, and runs nowhere any more: nobody removes it. */
function unservedIn({ objects }: Snapshot, programs: Programs): Unserved {
  const running = new Set([...objects.values()].flatMap((each) => each.programs ?? []));
  return ({ writers }, finalizer) =>
    writers.some(
      ({ manager, subresource, fields }) =>
        subresource === undefined &&
        programs.find(manager) !== undefined &&
        !running.has(manager) &&
        fields.some((path) => path === `metadata.finalizers[${finalizer}]` || path === `metadata.finalizers.${finalizer}`),
    );
}

/** What is itself possible residue goes with all its fields. */
function withoutOwn(fields: readonly ForeignField[], left: readonly Attributed[]): ForeignField[] {
  const own = new Set(left.map(({ object }) => object.ref.uid));
  return fields.filter(({ object }) => !own.has(object.ref.uid));
}

function residueOf({ object, what, confidence, evidence, program }: Attributed, isUnserved: Unserved): Residue {
  const { id, ref, resourceVersion } = object;
  return {
    what,
    id,
    ref,
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(program !== undefined && { program }),
    confidence,
    evidence,
    remedy: removalOf(object, what, (finalizer) => isUnserved(object, finalizer)),
  };
}

function residueOfField({ object, what, field, program, confidence, evidence }: ForeignField): Residue {
  const { id, ref, resourceVersion } = object;
  const remedy = fieldRemoval(object, field);
  return {
    what,
    id,
    ref,
    ...(resourceVersion !== undefined && { resourceVersion }),
    field,
    program,
    confidence,
    evidence,
    remedy,
  };
}

/** What the chart itself wants to stay, and what somebody has annotated since. */
function keptByWish(release: ReleaseFacts, left: readonly SeenObject[], known: readonly Kept[]): Kept[] {
  const { objects, crds } = release;
  const named = new Set(known.map(({ id }) => id));
  const wishes = new Map([...objects, ...crds].map(({ object }) => [idOf(object), keepReason(object)] as const));
  const records = left.filter((each) => isRecord(each, release));
  const history = new Set(records.some(({ labels }) => labels.status === 'uninstalled') ? records : []);
  return left.flatMap((object): Kept[] => {
    const { id, ref, marks } = object;
    const kept = (by: KeptBy, says: string): Kept[] => [{ id, uid: ref.uid, by, says }];
    if (named.has(id)) return [];
    if (history.has(object)) return kept('user', 'helm uninstall --keep-history kept it');
    const wish = wishes.get(id);
    if (wish !== undefined) return kept('chart', wish);
    const since = keepReason({ apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name, annotations: marks } });
    return since === undefined ? [] : kept('annotation', since);
  });
}

/** What is kept, and what was made out of it. */
function keptOf(kept: readonly Kept[], { objects }: Snapshot): (object: SeenObject) => boolean {
  const uids = new Set(kept.map(({ uid }) => uid));
  const ids = new Set(kept.filter(({ uid }) => uid === undefined).map(({ id }) => id));
  const isKept = (object: SeenObject, depth = 0): boolean =>
    uids.has(object.ref.uid) ||
    ids.has(object.id) ||
    (depth < longestChain &&
      object.owners.some((uid) => {
        const owner = objects.get(uid);
        return owner !== undefined && isKept(owner, depth + 1);
      }));
  return isKept;
}

/** Owners may form circles. */
const longestChain = 20;

/** What the release had before and nobody watched go, and what went with an owner that did. */
function goneBesides(found: ReadonlyMap<string, Attributed>, { before, after, gone: known = [] }: ReceiptInput): Gone[] {
  const uids = new Set(known.map(({ uid }) => uid));
  const ids = new Set(known.filter(({ uid }) => uid === undefined).map(({ id }) => id));
  const missing = (object: SeenObject) => !after.objects.has(object.ref.uid);
  const gone = new Map<string, SeenObject>();
  for (const { object, confidence } of found.values())
    if (confidence !== 'possible' && missing(object)) gone.set(object.ref.uid, object);
  const rest = [...(before?.objects.values() ?? [])].filter(missing);
  for (let size = -1; size < gone.size; ) {
    size = gone.size;
    for (const object of rest) if (object.owners.some((uid) => gone.has(uid) || uids.has(uid))) gone.set(object.ref.uid, object);
  }
  return [...gone.values()]
    .filter(({ id, ref }) => !uids.has(ref.uid) && !ids.has(id))
    .map(({ id, ref }) => ({ id, uid: ref.uid }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function notSeenOf({ release, before, after, notSeen = [] }: ReceiptInput, index: ReleaseIndex): string[] {
  const { name } = release;
  const bare = `release ${name}: neither a record nor a chart was read, so only labels and annotations could be searched for; to search for more, name the release and pass the chart that it was installed from with --chart`;
  const again = `release ${name} was installed again: only objects that existed before the uninstall can be judged`;
  return [
    ...new Set([
      ...(index.isNameOnly ? [bare] : []),
      ...(before && isInstalledAgain({ index, after }, before) ? [again] : []),
      ...(before?.notSeen ?? []),
      ...after.notSeen,
      ...notSeen,
    ]),
  ];
}

const order: readonly Residue['confidence'][] = ['certain', 'likely', 'possible'];

function surestFirst(one: Residue, other: Residue): number {
  const [a, b] = [keyOf(one), keyOf(other)];
  return order.indexOf(one.confidence) - order.indexOf(other.confidence) || (a < b ? -1 : a > b ? 1 : 0);
}

function keyOf({ id, field }: Residue): string {
  return `${id} ${field?.path ?? ''}`;
}
