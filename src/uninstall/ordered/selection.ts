/**
 * What an uninstall takes along and what it leaves, as things stand now: from the release's manifest and the choices of
 * the person alone. Nothing that was kept by an earlier process adds to it.
 */

import { type NamedReads, readNamed } from '../../cluster/named-reads.ts';
import type { Cluster } from '../../cluster/port.ts';
import { isBodiless, mayHoldToken } from '../../graph/bodies.ts';
import { withDirectivesOf, withoutDirectives } from '../../objects/directives.ts';
import { describeId, groupOf, idOf, type ObjectId } from '../../objects/identity.ts';
import { helmResourcePolicyAnnotation, keepAnnotation } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { Given } from '../../reading/subject.ts';
import { refIn, type UninstallContext } from '../tool.ts';
import type { Choices } from './choices.ts';
import { type ConcernedKind, concernedKinds, foreignAmong, instancesOf } from './custom-resources.ts';

/** Whose wish it is. `others`: it belongs to another release by now, or another object has its name. */
type KeptBy = 'chart' | 'helm' | 'others';
type KeptObject = { id: ObjectId; uid?: string; by: KeptBy; says: string };

export type Selection = {
  /** To go, as they are now, with UIDs; the annotations that decide are those of the chart. */
  objects: KubernetesObject[];
  /** Left alone. */
  kept: KeptObject[];
  /** Custom resources that the release did not make. */
  foreign: KubernetesObject[];
  /** Kinds of which custom resources may go. */
  kinds: ConcernedKind[];
  /** All custom resources of these kinds, whosever they are. */
  instances: ReadonlySet<ObjectId>;
};

/** Before the first look. */
export const nothingSelected: Selection = { objects: [], kept: [], foreign: [], kinds: [], instances: new Set() };

export type SelectionInput = {
  choices: Choices;
  /** UIDs that an earlier look found, by identity. */
  seen: ReadonlyMap<ObjectId, string>;
  /** What other releases that go in the same call name. */
  alsoGoing: ReadonlySet<ObjectId>;
  /** The objects as they were read a moment ago. Default: they are read. */
  living?: ReadonlyMap<ObjectId, KubernetesObject>;
};

/** Reads every object of the release as it is now. @throws BookendError when one cannot be read */
export async function select(context: UninstallContext, input: SelectionInput): Promise<Selection> {
  const { subject } = context;
  const { choices, alsoGoing } = input;
  const named = [...subject.objects, ...subject.crds].map(({ object }) => refIn(object));
  const living = input.living ?? (await readLiving(context.cluster, named));
  const live = livingAmong(subject.objects, living);
  const definitions = livingAmong(subject.crds, living);
  const kinds = concernedKinds(
    subject,
    [...live, ...definitions].map(({ now }) => now),
    choices,
  );
  const instances = await instancesOf(context, kinds);
  const own = new Set([...subject.objects.map(({ object }) => idOf(object)), ...alsoGoing]);
  const foreign = foreignAmong(
    instances,
    live.map(({ now }) => now),
    own,
  );
  const judged = live.map((each) => ({ ...each, kept: keptBecause(each, context, input) }));
  const objects = judged.flatMap(({ now, written, kept }) => (kept ? [] : [withDirectivesOf(now, written)]));
  const kept = judged.flatMap((each) => each.kept ?? []);
  for (const { now } of definitions) {
    if (choices.definitions === 'delete') objects.push(withoutDirectives(now));
    else if (isCrd(now)) kept.push({ ...whose(now), by: 'helm', says: "Helm never deletes the definitions of a chart's crds/" });
  }
  const instanceIds = new Set(instances.map(idOf));
  if (choices.customResources !== 'keep')
    return { objects: [...objects, ...chosen(foreign, choices)], kept, foreign, kinds, instances: instanceIds };
  const needed = serversOf(foreign, kinds);
  const staying = objects.map((object) => (needed.has(idOf(object)) ? withKeep(object) : object));
  return {
    objects: [...staying, ...foreign.map((each) => withKeep(withoutDirectives(each)))],
    kept,
    foreign,
    kinds,
    instances: instanceIds,
  };
}

type Live = { written: KubernetesObject; now: KubernetesObject };

function livingAmong(given: readonly Given[], living: ReadonlyMap<ObjectId, KubernetesObject>): Live[] {
  return given.flatMap(({ object: written }) => {
    const now = living.get(idOf(written));
    return now ? [{ written, now }] : [];
  });
}

/**
 * Those of the objects that exist, as they are now, with what an order is made from.
 * @param onRefused told of each that cannot be read. Default: it is thrown
 */
export function readLiving(
  cluster: Cluster,
  refs: readonly ObjectRef[],
  onRefused?: NamedReads['onRefused'],
): Promise<Map<ObjectId, KubernetesObject>> {
  return readNamed(cluster, refs, {
    metadataOnly: isBodiless,
    needsSecret: mayHoldToken,
    ...(onRefused && { onRefused }),
  });
}

function whose(object: KubernetesObject): Pick<KeptObject, 'id' | 'uid'> {
  const { uid } = object.metadata;
  return { id: idOf(object), ...(uid !== undefined && { uid }) };
}

/** `bookend.dev/keep` is the plan's matter, since it keeps what the object needs too. */
function keptBecause({ written, now }: Live, { subject }: UninstallContext, { seen }: SelectionInput): KeptObject | undefined {
  const object = whose(now);
  const reason = keepReason(written);
  if (reason !== undefined && written.metadata.annotations?.[keepAnnotation] !== 'true')
    return { ...object, by: 'chart', says: `the ${subject.from === 'files' ? 'file' : 'chart'} has the ${reason}` };
  const before = seen.get(object.id);
  if (before !== undefined && before !== object.uid)
    return { ...object, by: 'others', says: 'it was made after the uninstall began, in place of one of the same name' };
  const owner = otherRelease(now, subject);
  if (owner !== undefined) return { ...object, by: 'others', says: `it belongs to release ${owner} by now` };
  if (subject.from === 'release' && now.kind === 'Namespace' && now.metadata.name === subject.namespace)
    return { ...object, by: 'helm', says: 'Helm keeps the release itself in it' };
  return undefined;
}

/** Helm writes its release on what it installs, and another one only takes over what it is told to. */
function otherRelease(
  { metadata }: KubernetesObject,
  { from, name, namespace }: UninstallContext['subject'],
): string | undefined {
  const { annotations = {} } = metadata;
  const other = annotations['meta.helm.sh/release-name'];
  const place = annotations['meta.helm.sh/release-namespace'];
  if (from !== 'release' || other === undefined || place === undefined) return undefined;
  return other === name && place === namespace ? undefined : `${place}/${other}`;
}

/** Custom resources of others that go, as the choice has them. */
function chosen(foreign: readonly KubernetesObject[], { customResources }: Choices): KubernetesObject[] {
  return customResources === 'delete' ? foreign.map((object) => withoutDirectives(object)) : [];
}

/** The operators without which they could not go on: the plan keeps what these need in turn. */
function serversOf(foreign: readonly KubernetesObject[], kinds: readonly ConcernedKind[]): Set<ObjectId> {
  const used = new Set(foreign.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
  return new Set(kinds.flatMap((each) => (used.has(`${groupOf(each.apiVersion)}/${each.kind}`) ? each.servers : [])));
}

/** For the plan: it stays, and so does what it needs. */
export function withKeep(object: KubernetesObject): KubernetesObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [keepAnnotation]: 'true' } } };
}

/** `Widget shop/one, Widget shop/two and 3 more` */
export function namesOf(ids: readonly ObjectId[], most = 5): string {
  const more = ids.length - most;
  return `${ids.slice(0, most).map(describeId).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a live object says of being kept, for people: it decides nothing here. */
export function asksToBeKept({ metadata }: KubernetesObject): boolean {
  const { annotations = {} } = metadata;
  return annotations[keepAnnotation] === 'true' || annotations[helmResourcePolicyAnnotation] !== undefined;
}
