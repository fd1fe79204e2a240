/** What surrounds a subject in a live cluster. Only reads, a few requests at a time; what it may not read it names. */
import type { Cluster } from '../cluster/port.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { groupOf, idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup, isCrd, type Scope } from '../objects/scopes.ts';
import { definitionsOfInterest, instancesByGroup, instancesOf } from './custom-kinds.ts';
import { clusterScoped, clusterWide, contentOf, usersOfClasses, whatRuns } from './kinds-to-read.ts';
import { marksOf } from './marks.ts';
import { backendNamespaces, holderNamespaces } from './namespaces-to-read.ts';
import { isHidden, type OnRead, Reader } from './reader.ts';
import { relatedTo } from './related.ts';
import { slim } from './secrets.ts';
import type { Surroundings } from './subject.ts';

export type LookAround = {
  /** What is to go, hooks and `crds/` included, with namespaces filled in. */
  given: readonly KubernetesObject[];
  /** Where the release is, or the default of objects that name no namespace. */
  namespace: string;
  /** The name of the release, where it is one. */
  release?: string;
  /** Namespaces that go with all that is in them. */
  whole?: readonly string[];
  /**
   * False: nothing can have been made out of these objects but Pods and what lies between. Then far less is read.
   * Default true.
   */
  mayHaveChildren?: boolean;
  /**
   * Look at what runs in every namespace: for controllers that nothing points to, since their rights are gone. Default
   * false.
   */
  everywhere?: boolean;
  /** Read what custom resources name too: for who wants to know what needs what. Default false. */
  references?: boolean;
  /** Those of the given objects that exist, as they were read a moment ago. Default: they are read. */
  living?: readonly KubernetesObject[];
};

/** From so many namespaces on one list of all is gentler than one for each. */
const manyNamespaces = 12;

/**
 * The surroundings of objects. Those of the given objects that exist are among them, as they are, with UIDs: what is
 * not there does not exist, unless `notSeen` says that nobody could look.
 *
 * @throws BookendError unreachable, throttled, unauthorized: the cluster does not answer
 */
export async function surroundingsOf(cluster: Cluster, look: LookAround, onRead?: OnRead): Promise<Surroundings> {
  const reader = await Reader.of(cluster, onRead);
  reader.references = look.references ?? false;
  const living = look.living?.map(slim) ?? (await reader.getAll(look.given.map(refOf)));
  return surroundingsFrom(reader, look, living);
}

/** The same for who has read the given objects already. @param living those of them that exist */
export async function surroundingsFrom(
  reader: Reader,
  look: LookAround,
  living: readonly KubernetesObject[],
): Promise<Surroundings> {
  const whole = new Set([...(look.whole ?? []), ...look.given.filter(isNamespace).map(({ metadata }) => metadata.name)]);
  const own = new Set([look.namespace, ...whole, ...look.given.flatMap(({ metadata }) => metadata.namespace ?? [])]);
  reader.own = [...own].sort();
  const [version, ruling] = await Promise.all([reader.version(), reader.listAll(clusterWide(reader))]);
  reader.avoidConversion(ruling);
  const seesDefinitions = !isHidden([...reader.notSeen], 'customresourcedefinitions.apiextensions.k8s.io', undefined);
  const definitions = definitionsOfInterest(look.given, unique([...ruling, ...living]));
  const instances = await reader.listAll(seesDefinitions ? instancesOf(definitions) : instancesByGroup(look.given, reader.kinds));
  const inhabited = look.everywhere ? [undefined] : places(namespacesOf(look, ruling, definitions, instances, own));
  const beside = new Set(
    instances.flatMap(({ metadata }) => metadata.namespace ?? []).filter((namespace) => !own.has(namespace)),
  );
  const children = [
    ...[...own].flatMap((namespace) => contentOf(reader, namespace, true)),
    ...places([...beside]).flatMap((namespace) => contentOf(reader, namespace, false)),
    ...clusterScoped(reader),
  ];
  const content = await reader.listAll([
    ...(look.mayHaveChildren === false ? [] : children),
    ...usersOfClasses(reader, look.given),
    ...inhabited.flatMap((each) => whatRuns(reader, each)),
  ]);
  const live = unique([...content, ...instances, ...ruling, ...living]);
  const marks = marksOf(
    look.given,
    look.release === undefined ? undefined : { name: look.release, namespace: look.namespace },
    whole,
  );
  const objects = relatedTo({ given: look.given, custom: [...definitions, ...instances], whole, marks }, live);
  return { from: 'cluster', version, objects, notSeen: [...reader.notSeen].sort() };
}

/** What the cluster knows of scopes, for manifests of kinds that neither they nor Kubernetes define. */
export async function scopesOf(cluster: Cluster): Promise<(object: KubernetesObject) => Scope | undefined> {
  const { kinds } = await cluster.kinds();
  const known = new Map(
    kinds.map(({ group, kind, namespaced }) => [`${group}/${kind}`, namespaced ? 'Namespaced' : 'Cluster'] as const),
  );
  return ({ apiVersion, kind }) => known.get(`${groupOf(apiVersion)}/${kind}`);
}

function namespacesOf(
  { given }: LookAround,
  ruling: readonly KubernetesObject[],
  definitions: readonly KubernetesObject[],
  instances: readonly KubernetesObject[],
  own: ReadonlySet<string>,
): string[] {
  const groups = new Set([
    ...definitions.flatMap((definition) => textOf(fieldAt(definition, 'spec', 'group')) ?? []),
    ...given.map(({ apiVersion }) => groupOf(apiVersion)).filter((group) => !isBuiltInGroup(group)),
  ]);
  const concerned = [...ruling.filter((object) => !isCrd(object)), ...definitions];
  const all = [
    ...own,
    ...instances.flatMap(({ metadata }) => metadata.namespace ?? []),
    ...backendNamespaces(concerned),
    ...(groups.size > 0 || given.some(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
      ? holderNamespaces(given, ruling, groups)
      : []),
  ];
  return [...new Set(all)].sort();
}

/** Each namespace, or all at once. */
function places(namespaces: readonly string[]): (string | undefined)[] {
  return namespaces.length > manyNamespaces ? [undefined] : [...namespaces];
}

function isNamespace({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}

/** Each object once; what was read later, and so more of it, counts. */
function unique(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return [...new Map(objects.map((object) => [idOf(object), object])).values()];
}
