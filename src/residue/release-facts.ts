/** What a release's own manifests say of what belongs to it. */
import { fieldAt, isMap, listOf, textOf } from '../objects/fields.ts';
import { groupOf, idOf, makeId, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCommonName } from '../objects/programs.ts';
import { definedBy, groupsDefinedBy, isCrd } from '../objects/scopes.ts';
import type { Subject } from '../reading/subject.ts';
import { imagesOf, programNamesOf } from './see.ts';

/** What is known of a release, or of what was named in its place: what surrounds it is not looked at. */
export type ReleaseFacts = Pick<Subject, 'name' | 'namespace' | 'objects' | 'hooks' | 'crds'> & {
  /** Default: release. */
  from?: Subject['from'];
  /** Neither a record nor a chart was read. */
  isNameOnly?: true;
  /** When its uninstall began: what was made later is not what Helm made. */
  deletedAt?: string;
};

/** Where only the name is known. */
export function unknownRelease(name: string, namespace: string): ReleaseFacts {
  return { name, namespace, objects: [], hooks: [], crds: [], isNameOnly: true };
}

export type Place = 'object' | 'hook' | 'definition';

export type ReleaseIndex = {
  name: string;
  namespace: string;
  from: 'release' | 'files' | 'namespace';
  /** Who names its objects, as the beginning of evidence: `the manifest of release agent names`. */
  source: string;
  deletedAt?: string;
  /** Nothing but the name is known: neither a record nor a chart. */
  isNameOnly: boolean;
  /** What the manifests name. */
  places: ReadonlyMap<ObjectId, Place>;
  /** The definition of a kind, by `group/Kind`. */
  definitions: ReadonlyMap<string, ObjectId>;
  /** Groups of these kinds. */
  groups: ReadonlySet<string>;
  /** Who runs a program of this name; names that every second operator has are not among them. */
  programs: ReadonlyMap<string, ObjectId>;
  /** The same for names that tell nobody apart: `manager`, `node`. */
  commonPrograms: ReadonlyMap<string, ObjectId>;
  /** Containers of its workloads with their images: `main=operator`. */
  images: ReadonlySet<string>;
  /** Claims that the StatefulSets make: the beginnings of their names up to the number. */
  claims: ReadonlyMap<string, ObjectId>;
  /** The object that mentions a text as a value of its own or inside of a longer one. */
  mentions(text: string): Mentioned | undefined;
  /** The object that has a name as a value or at its end: `tls` in `tls` and `--secret=tls`, not in a sentence. */
  names(text: string): Mentioned | undefined;
};

type Mentioned = { object: ObjectId; field: string };

export function indexOf(facts: ReleaseFacts): ReleaseIndex {
  const { name, namespace, objects, hooks, crds, deletedAt, from: given, isNameOnly = false } = facts;
  const from = given === 'files' || given === 'namespace' ? given : 'release';
  const bare = (given: Subject['objects']) => given.map(({ object }) => object);
  const all = [...bare(crds), ...bare(objects), ...bare(hooks)];
  const places = new Map<ObjectId, Place>([
    ...bare(crds).map((object) => [idOf(object), 'definition'] as const),
    ...bare(objects).map((object) => [idOf(object), isCrd(object) ? 'definition' : 'object'] as const),
    ...bare(hooks).map((object) => [idOf(object), 'hook'] as const),
  ]);
  const definitions = new Map(
    all.filter(isCrd).map((crd) => {
      const { group, kind } = definedBy(crd);
      return [`${group}/${kind}`, idOf(crd)] as const;
    }),
  );
  const programs = all.flatMap((object) => programNamesOf(object).map((program) => [program, idOf(object)] as const));
  return {
    name,
    namespace,
    from,
    source: sources[from](name),
    ...(deletedAt !== undefined && { deletedAt }),
    isNameOnly,
    places,
    definitions,
    groups: groupsDefinedBy(all),
    programs: new Map(programs.filter(([program]) => !isCommonName(program))),
    commonPrograms: new Map(programs.filter(([program]) => isCommonName(program))),
    images: new Set(all.flatMap(imagesOf)),
    claims: new Map(all.flatMap(claimsOf)),
    ...mentionsIn(all),
  };
}

const sources: Readonly<Record<ReleaseIndex['from'], (name: string) => string>> = {
  release: (name) => `the manifest of release ${name} names`,
  files: (name) => `${name} names`,
  namespace: (name) => `the deletion of namespace ${name} covers`,
};

/** `data-shop-db-` of the StatefulSet shop-db with the template data (`getPersistentVolumeClaimName`). */
function claimsOf(object: KubernetesObject): [string, ObjectId][] {
  if (object.kind !== 'StatefulSet' || groupOf(object.apiVersion) !== 'apps') return [];
  const { name, namespace } = object.metadata;
  return listOf(fieldAt(object, 'spec', 'volumeClaimTemplates')).flatMap((template) => {
    const claim = textOf(fieldAt(template, 'metadata', 'name'));
    return claim === undefined ? [] : [[makeId('', 'PersistentVolumeClaim', namespace, `${claim}-${name}-`), idOf(object)]];
  });
}

/**
 * Fields in which a manifest names what others have: the labels of Nodes that it wants to run on, say, are mostly a
 * person's. And the labels of its own Pods are no mention of anybody's.
 */
const aboutOthers = new Set([
  'metadata',
  ...['nodeSelector', 'affinity', 'tolerations', 'topologySpreadConstraints', 'matchLabels', 'matchExpressions'],
  ...['selector', 'namespaceSelector', 'objectSelector', 'podSelector', 'nodeSelectorTerms'],
]);

type Mention = { object: ObjectId; field: string; text: string };

function mentionsIn(objects: readonly KubernetesObject[]): Pick<ReleaseIndex, 'mentions' | 'names'> {
  let known: Mention[] | undefined;
  const search = (fits: (text: string, word: string) => boolean) => {
    const found = new Map<string, Mentioned | undefined>();
    return (word: string) => {
      known ??= objects.flatMap(mentionsOf);
      if (!found.has(word)) found.set(word, placeOf(known.find(({ text }) => fits(text, word))));
      return found.get(word);
    };
  };
  return { mentions: search(isWhole), names: search(isValue) };
}

/** A definition describes what others may write. */
function mentionsOf(object: KubernetesObject): Mention[] {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...body } = object;
  return isCrd(object) ? [] : textsIn(body, '', idOf(object));
}

function placeOf(mention: Mention | undefined): Mentioned | undefined {
  return mention && { object: mention.object, field: mention.field };
}

function isValue(text: string, word: string): boolean {
  return text === word || text.endsWith(`=${word}`) || text.endsWith(`/${word}`);
}

/** `example.com/a` is mentioned in `--label=example.com/a=1`, not in `example.com/ab`. */
function isWhole(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before = '', after = ''] = [text[at - 1], text[at + word.length]];
    if (!partOfName.test(before) && !partOfName.test(after)) return true;
  }
  return false;
}

const partOfName = /[\w./-]/;

function textsIn(value: unknown, field: string, object: ObjectId): Mention[] {
  if (typeof value === 'string') return [{ object, field, text: value }];
  if (Array.isArray(value)) return value.flatMap((each, index) => textsIn(each, `${field}[${index}]`, object));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const at = field === '' ? key : `${field}.${key}`;
    if (aboutOthers.has(key)) return [];
    const keys = key.includes('/') ? [{ object, field: at, text: key }] : [];
    return [...keys, ...textsIn(each, at, object)];
  });
}
