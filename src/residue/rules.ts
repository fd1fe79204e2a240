/**
 * The rules that tell whose an object is, the surest first.
 *
 * Nobody can choose a UID: what a UID proves is certain. The release's manifests are as trustworthy as the release.
 * Labels, annotations, names and field managers can be written by whoever may write the object: alone they only make it
 * possible.
 */
import type { Confidence } from '../knowledge/confidence.ts';
import { describeId, type ObjectId, parseId } from '../objects/identity.ts';
import { fieldOfKeys } from '../objects/key-domains.ts';
import type { Attributed, Rule } from './attributed.ts';
import { helmMark, isMarked, isNobodys, isOfOthers, isRecord, isSetByPerson } from './marks.ts';
import { likelyMaker, makersOf } from './programs.ts';
import type { ResidueEvidence } from './receipt.ts';
import type { Place, ReleaseIndex } from './release-facts.ts';
import { hookMark } from './see.ts';
import type { SeenObject } from './snapshot.ts';
import { whatOf } from './what.ts';

/** It is the very object that the release had before. */
export const byUid: Rule = (object, { index, before }) => {
  const place = index.places.get(object.id);
  if (place === undefined || !before?.objects.has(object.ref.uid) || isOfOthers(object, index)) return undefined;
  // Hooks are made when they run: what has the name of one since before may be anybody's.
  if (place === 'hook' && object.marks[hookMark] === undefined) return undefined;
  const says = `was there before the uninstall, and ${index.source} it`;
  // Several releases may bring the same definition along; Helm says of those in crds/ for nobody whose they are.
  const confidence = place === 'definition' && !isMarked(object, index) ? 'likely' : 'certain';
  const { uid } = object.ref;
  return attributed(object, place, confidence, [{ clue: 'uid', object: object.id, field: 'metadata.uid', value: uid, says }]);
};

export const byManifest: Rule = (object, { index }) => {
  if (isRecord(object, index)) {
    const says = `Helm keeps a revision of release ${index.name} in it`;
    return {
      object,
      what: 'release-record',
      confidence: 'certain',
      evidence: [{ clue: 'manifest', object: object.id, field: 'metadata.name', says }],
    };
  }
  const place = index.places.get(object.id);
  if (place === undefined || isOfOthers(object, index)) return undefined;
  const evidence: ResidueEvidence[] = [{ clue: 'manifest', object: object.id, says: `${index.source} it` }];
  const mark = markOf(object, index, place);
  if (mark) evidence.push(mark);
  const isYounger = place !== 'hook' && isAfter(object.createdAt, index.deletedAt);
  if (isYounger) {
    const says = 'was made after the uninstall of the release began';
    evidence.push({ clue: 'name', object: object.id, field: 'metadata.creationTimestamp', says });
  }
  return attributed(object, place, mark && !isYounger ? 'likely' : 'possible', evidence);
};

/** Helm writes times in the zone of its machine. */
function isAfter(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && Date.parse(one) > Date.parse(other);
}

/** What shows that an object of that name is the one that Helm made: charts and people choose the same names. */
function markOf(object: SeenObject, index: ReleaseIndex, place: Place): ResidueEvidence | undefined {
  if (isMarked(object, index)) return helmMark(object, index);
  const isHook = place === 'hook' && object.marks[hookMark] !== undefined;
  if (isHook) return { clue: 'mark', object: object.id, field: `metadata.annotations[${hookMark}]`, says: 'is a hook of Helm' };
  const helm = makersOf(object).find((manager) => /^helm/i.test(manager));
  if (place === 'object' || helm === undefined) return undefined;
  return {
    clue: 'manager',
    object: object.id,
    field: 'metadata.managedFields',
    value: helm,
    says: `field manager ${helm} made it`,
  };
}

/** Of a definition of the release: whoever made it, without that program nobody serves it. */
export const customResource: Rule = (object, { index }) => {
  const { group, kind } = parseId(object.id);
  const definition = index.definitions.get(`${group}/${kind}`);
  if (definition === undefined || isOfOthers(object, index)) return undefined;
  const says = `is of a kind that ${describeId(definition)} defines, which ${index.source}; who made it is not known`;
  return { object, what: 'custom-resource', confidence: 'possible', evidence: [{ clue: 'kind', object: definition, says }] };
};

/** A webhook or an APIService whose Service was the release's. */
export const byBackend: Rule = (object, { index, after }) => {
  const backend = object.backends?.find((service) => index.places.has(service));
  if (backend === undefined || isOfOthers(object, index)) return undefined;
  const isGone = ![...after.objects.values()].some(({ id }) => id === backend);
  const says = `calls ${describeId(backend)}, which ${index.source}${isGone ? ' and which does not exist' : ''}`;
  return {
    object,
    what: whatOf(object, 'object'),
    confidence: isGone ? 'likely' : 'possible',
    evidence: [{ clue: 'manifest', object: backend, says }],
  };
};

/**
 * A binding of accounts of the release, all of which are gone: RBAC knows accounts by their names, so a new account of
 * that name gets these permissions.
 */
export const byAccount: Rule = (object, { index, after }) => {
  const { accounts = [] } = object;
  const [first] = accounts;
  if (first === undefined || !accounts.every((id) => index.places.has(id) || isInside(id, index))) return undefined;
  if (isOfOthers(object, index)) return undefined;
  const living = new Set([...after.objects.values()].flatMap(({ id, ref }) => (ref.kind === 'ServiceAccount' ? id : [])));
  if (accounts.some((id) => living.has(id))) return undefined;
  const says = `binds ${describeId(first)}, which ${index.source} and which does not exist: who makes it again has these rights`;
  return {
    object,
    what: whatOf(object, 'object'),
    // A person may have made it for the next install too, but not for a namespace that goes.
    confidence: index.from !== 'namespace' && isSetByPerson(object, 'subjects') ? 'possible' : 'likely',
    evidence: [{ clue: 'manifest', object: object.id, field: 'subjects', says }],
  };
};

/** Of a namespace that goes, the accounts that Kubernetes made count too. */
function isInside(id: ObjectId, { from, namespace }: ReleaseIndex): boolean {
  return from === 'namespace' && parseId(id).namespace === namespace;
}

/** A program of the release made it. */
export const byMaker: Rule = (object, { index, programs }) => {
  if (isOfOthers(object, index) || isNobodys(object)) return undefined;
  const made = likelyMaker(object, programs);
  if (!made) return undefined;
  const further = [...namedBy(object, index), ...placedIn(object, index)];
  // Half of all operators are called `manager`.
  if (made.isCommon && further.length === 0) return undefined;
  const isLikely = made.isOnly && further.length > (made.isCommon ? 1 : 0);
  const evidence = [made.evidence, ...further, ...keyedBy(object, index)];
  const confidence = isLikely ? 'likely' : 'possible';
  return { object, what: whatOf(object, 'object'), confidence, evidence, program: made.manager };
};

function namedBy({ id }: SeenObject, index: ReleaseIndex): ResidueEvidence[] {
  const named = index.names(parseId(id).name);
  return named ? [{ clue: 'mention', ...named, says: 'names it' }] : [];
}

function placedIn({ id }: SeenObject, index: ReleaseIndex): ResidueEvidence[] {
  const { namespace } = parseId(id);
  if (namespace !== index.namespace || index.from !== 'release') return [];
  const says = 'is in the namespace of the release';
  return [{ clue: 'name', object: id, field: 'metadata.namespace', value: namespace, says }];
}

/** Whoever made the object chose its keys too: they say what it is for, and make nothing surer. */
function keyedBy({ id, labels, annotations }: SeenObject, { groups }: ReleaseIndex): ResidueEvidence[] {
  const field = fieldOfKeys(Object.keys(labels), annotations, groups);
  const says = 'has a key in an API group that the release defines';
  return field === undefined ? [] : [{ clue: 'mark', object: id, field, says }];
}

/** The claims of a StatefulSet have no owner; Kubernetes makes their names. */
export const byName: Rule = (object, { index }) => {
  const [, start, number] = /^(.*-)(\d+)$/.exec(object.id) ?? [];
  const set = index.claims.get((start ?? '') as ObjectId);
  if (set === undefined || number === undefined) return undefined;
  const says = `has the name of claim ${number} of ${describeId(set)}`;
  return {
    object,
    what: 'storage',
    confidence: 'likely',
    evidence: [{ clue: 'name', object: set, field: 'spec.volumeClaimTemplates', says }],
  };
};

/** Provisioners name a volume after the UID of its claim. */
export const volumeOfClaim: Rule = (object, { found }) => {
  const [, uid] = /^PersistentVolume\/pvc-([0-9a-f-]{36})$/.exec(object.id) ?? [];
  const claim = uid === undefined ? undefined : found.get(uid);
  if (!claim) return undefined;
  const says = `has the UID of ${describeId(claim.object.id)} in its name`;
  return {
    object,
    what: 'storage',
    confidence: claim.confidence,
    evidence: [{ clue: 'name', object: claim.object.id, field: 'metadata.uid', says }],
  };
};

export const byMark: Rule = (object, { index, after }) => {
  const hasOwner = object.owners.some((uid) => after.objects.has(uid));
  if (hasOwner || isOfOthers(object, index) || isNobodys(object)) return undefined;
  if (isMarked(object, index))
    return { object, what: whatOf(object, 'object'), confidence: 'possible', evidence: [helmMark(object, index)] };
  const key = 'app.kubernetes.io/instance';
  const { namespace } = parseId(object.id);
  if (index.from !== 'release' || object.labels[key] !== index.name || (namespace !== undefined && namespace !== index.namespace))
    return undefined;
  if (isSetByPerson(object, `metadata.labels[${key}]`)) return undefined;
  const says = `has the label of release ${index.name}; anybody who may write it can set that`;
  const evidence: ResidueEvidence[] = [
    { clue: 'mark', object: object.id, field: `metadata.labels[${key}]`, value: index.name, says },
  ];
  return { object, what: whatOf(object, 'object'), confidence: 'possible', evidence };
};

function attributed(object: SeenObject, place: Place, confidence: Confidence, evidence: readonly ResidueEvidence[]): Attributed {
  return { object, what: whatOf(object, place), confidence, evidence };
}
