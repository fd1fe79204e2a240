/**
 * Manifests as the subject of a preview: hooks apart, what Helm installs from `crds/` and never deletes apart, Lists
 * opened, namespaces as the API server would have them. Nothing is known of what surrounds them.
 */
import { isHook } from '../knowledge/hooks.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { describeId, groupOf, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCrd, normalise, type Scope, scopeOf } from '../objects/scopes.ts';
import { isOfCrds, type YamlDocument } from '../objects/yaml.ts';
import { withoutSecretValues } from './secrets.ts';
import type { Given, Origin, Subject, Surroundings } from './subject.ts';

export type ManifestOptions = {
  from: Subject['from'];
  name: string;
  /** For objects that name none. */
  namespace: string;
  /** What a cluster knows of kinds that are neither built in nor defined by the manifests. */
  scope?: (object: KubernetesObject) => Scope | undefined;
  /** Default: nothing is known. */
  surroundings?: Surroundings;
};

export type Sourced = {
  subject: Subject;
  /** What a person should know of the input, each a sentence: duplicates, objects whose scope nobody knows. */
  notes: string[];
  /** Objects with `generateName`; the subject is without them. */
  unnamed: readonly Given[];
};

/** Where nothing but the manifests is known. */
const nothingKnown: Surroundings = { from: 'supposed', objects: [], notSeen: [] };

/** @throws BookendError bad-input for a List whose items are no objects */
export function subjectOf(documents: readonly YamlDocument[], options: ManifestOptions): Sourced {
  const opened = documents.flatMap((document) =>
    normalise([document.object]).map((object) => ({ object, document, isItem: object.kind !== document.object.kind })),
  );
  const crds = [...opened.map(({ object }) => object).filter(isCrd), ...(options.surroundings?.objects ?? []).filter(isCrd)];
  const scope = (object: KubernetesObject) => scopeOf(object, crds) ?? options.scope?.(object);
  const notes: string[] = [];
  const byId = new Map<ObjectId, Given & { place: Place }>();
  for (const { object, document, isItem } of opened.filter((each) => hasName(each.object))) {
    const [named = object] = normalise([object], { defaultNamespace: options.namespace, scope });
    const given = {
      object: withoutSecretValues(named),
      origin: originOf(document),
      place: placeOf(named, document, isItem && isHelms(document, options)),
    };
    const id = idOf(named);
    const before = byId.get(id);
    if (before) notes.push(`${describeId(id)} is given twice, ${at(before.origin)} and ${at(given.origin)}: the last one counts`);
    byId.delete(id);
    byId.set(id, given);
  }
  notes.push(
    ...ofUnknownScope(
      [...byId.values()].map(({ object }) => object),
      scope,
    ),
  );
  const { from, name, namespace, surroundings = nothingKnown } = options;
  const of = (wanted: Place): Given[] =>
    [...byId.values()].flatMap(({ object, origin, place }) => (place === wanted ? [{ object, ...(origin && { origin }) }] : []));
  const unnamed = opened
    .filter(({ object }) => !hasName(object))
    .map(({ object, document }) => ({ object, origin: originOf(document) }));
  const notSeen = [...surroundings.notSeen, ...unnamed.map(({ object, origin }) => withoutName(object, origin))];
  const around = { ...surroundings, notSeen };
  return {
    subject: { from, name, namespace, objects: of('objects'), hooks: of('hooks'), crds: of('crds'), surroundings: around },
    notes,
    unnamed,
  };
}

/** The API server chooses the name of an object with `generateName`, so that no tool finds it again to delete it. */
export function hasName({ metadata }: KubernetesObject): boolean {
  return textOf(metadata.name) !== undefined;
}

export function withoutName({ kind, metadata }: KubernetesObject, origin: Origin | undefined): string {
  const name: unknown = metadata.name;
  // YAML 1.1, which kubectl and Helm read, takes `n` and `on` for booleans.
  if (typeof name === 'boolean' || typeof name === 'number')
    return `${kind}, ${at(origin)}: metadata.name is ${name}, and no text: put the name in quotes`;
  return `${kind} without metadata.name, ${at(origin)}: nobody knows its name in the cluster`;
}

type Place = 'objects' | 'hooks' | 'crds';

function isHelms({ source }: YamlDocument, { from }: ManifestOptions): boolean {
  return from !== 'files' || source !== undefined;
}

/** Helm reads annotations of whole documents: to an item of a List `helm.sh/hook` means nothing. */
function placeOf(object: KubernetesObject, { source }: YamlDocument, isHelmsItem: boolean): Place {
  if (isHook(object) && !isHelmsItem) return 'hooks';
  return source !== undefined && isCrd(object) && isOfCrds(source) ? 'crds' : 'objects';
}

function originOf({ file, line, source }: YamlDocument): Origin {
  return { file, line, ...(source !== undefined && { source }) };
}

function at(origin: Origin | undefined): string {
  return origin?.file === undefined ? (origin?.source ?? '') : `${origin.file}:${origin.line}`;
}

/** Named once for each kind. Without a scope an object stays as it was written. */
function ofUnknownScope(objects: readonly KubernetesObject[], scope: (object: KubernetesObject) => Scope | undefined): string[] {
  const unknown = objects.filter(
    (object) => textOf(fieldAt(object.metadata, 'namespace')) === undefined && scope(object) === undefined,
  );
  const kinds = new Set(unknown.map(({ apiVersion, kind }) => `${kind}.${groupOf(apiVersion)}`));
  return [...kinds]
    .sort()
    .map(
      (kind) =>
        `${kind} is defined neither here nor by Kubernetes: its objects without a namespace are taken to be cluster-scoped`,
    );
}
