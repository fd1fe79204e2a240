/**
 * The look around before a teardown: what was made out of the objects that are to go, and what else needs them. From it
 * come the graph, the plan and how far the watches must reach. Everything is read currently.
 */
import { inTurns } from '../cluster/in-turns.ts';
import { dropManagedFields } from '../cluster/mirror.ts';
import type { Cluster, KindInfo, Listing, Query } from '../cluster/port.ts';
import { storedReads } from '../cluster/stored-reads.ts';
import { BookendError, isCode } from '../errors.ts';
import type { Edge } from '../graph/edge.ts';
import { referencesOnly } from '../graph/rules/reference.ts';
import { append } from '../objects/append.ts';
import { directivesOn, withoutDirectives } from '../objects/directives.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { idOf, idOfRef, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import { definedBy } from '../objects/scopes.ts';
import { servedVersions } from '../objects/served-versions.ts';
import { shellWord } from '../objects/shell-quote.ts';
import type { PlanStep } from '../plan/plan.ts';
import { cut, longestListed, mostInMemory } from './bounds.ts';
import { Family } from './family.ts';
import { isCrd, isCustomResource, isPod, isWorkload, type Kind } from './kinds.ts';
import { servedEdges } from './live-rights.ts';
import { LooseChildren, withOperatorManagers } from './loose-children.ts';
import { definitionEdges } from './made-definitions.ts';
import { builtInReach, type Reach } from './reach.ts';
import { runTimeWebhooks, webhookKinds } from './run-time-webhooks.ts';
import { rightsOf, type Use, usesOf } from './uses.ts';
import { keyOf, slim } from './watches.ts';

export type Survey = {
  /** What is to go: the given objects, and the custom resources of CustomResourceDefinitions among them. */
  objects: KubernetesObject[];
  /** Living things made out of them, by step. Pods included. */
  children: Map<ObjectId, KubernetesObject[]>;
  /**
   * Living Pods that are not of this teardown and name one of its objects. The watches tell of those that come later.
   */
  users: ForeignUser[];
  /** Pods that are not of this teardown and must have ended before it is over, whatever they use. */
  strangers: KubernetesObject[];
  /** The strangers, each with the reason. */
  awaited?: ReadonlyMap<ObjectId, string>;
  /** For each ServiceAccount among the objects, the bindings and roles among them that give it rights. */
  rights: ReadonlyMap<ObjectId, readonly ObjectId[]>;
  reach: Reach;
  stepByUid: Map<string, ObjectId>;
  /**
   * The UIDs of the children, found by their owners: they stay ours when they lose those in the middle of the teardown.
   */
  childByUid: Map<string, ObjectId>;
  /** The UIDs of what seems to have been made for a custom resource, but has no owner: see `loose-children.ts`. */
  looseByUid: Map<string, ObjectId>;
  /** Edges between the objects that other objects prove: webhooks and definitions that are not of this teardown. */
  provenOutside?: readonly Edge[];
};

/** A Pod of others, and what of ours it names. */
type ForeignUser = { pod: ObjectRef; uses: Use[] };

/** A step of an earlier plan. */
export type Planned = Pick<PlanStep, 'ref' | 'between'>;

export type SurveyOptions = {
  /** Custom resources of the given definitions that the plan may have. Default `mostInMemory`. */
  mostInstances?: number;
};

/**
 * Reads what belongs to `given`, which must be live objects with UIDs. What it finds by itself comes without our
 * annotations: nobody who may only change a child or a custom resource of his own says what is to be kept, and in which
 * order.
 * @param planned what an earlier plan had to delete, with UIDs: of what is gone by now, children and Pods may still
 * live
 */
export async function survey(
  theirs: Cluster,
  given: KubernetesObject[],
  planned: readonly Planned[] = [],
  { mostInstances = mostInMemory }: SurveyOptions = {},
): Promise<Survey> {
  const cluster = storedReads(theirs);
  const instances = await instancesOf(cluster, given, mostInstances);
  const known = new Set(given.map(idOf));
  const objects = [...given, ...instances.filter((object) => !known.has(idOf(object)))];
  const refs = [...objects.map(refOf), ...planned.map(({ ref }) => ref)];
  const reach = await reachOf(cluster, refs);
  const loose = new LooseChildren(objects);
  const [read, webhooks, definitions, served] = await Promise.all([
    readAll(cluster, reach, loose),
    runTimeWebhooks(cluster, objects),
    definitionEdges(cluster, objects),
    servedEdges(cluster, objects),
  ]);
  reach.notSeen.push(...webhooks.notSeen);
  const stepByUid = new Map(refs.flatMap((ref) => (ref.uid ? [[ref.uid, idOfRef(ref)] as const] : [])));
  const steps = new Set(refs.map(idOfRef));
  const family = new Family(stepByUid, steps);
  for (const { ref, between = [] } of planned) family.addBetween(between, idOfRef(ref));
  for (const object of read) family.learn(object);
  const children = new Map<ObjectId, KubernetesObject[]>();
  const looseByStep = loose.byStep();
  const users: ForeignUser[] = [];
  for (const object of read.map((each) => withoutDirectives(each))) {
    const { step, how } = family.kinshipOf(object) ?? {};
    if (step && how !== 'possible') append(children, step, object);
    // What may have been made for a step is waited for as part of that, as `ClusterView` shows it.
    else if (isPod(object) && !step && !stepByUid.has(object.metadata.uid ?? '')) {
      const uses = usesOf(object).filter((use) => steps.has(use.object));
      if (uses.length > 0) users.push({ pod: refOf(object), uses });
    }
  }
  return {
    objects,
    children,
    users,
    strangers: [],
    rights: rightsOf(objects),
    reach: {
      ...withChildKinds(reach, [...children.values(), ...looseByStep.values()].flat()),
      ...(webhooks.loose.size > 0 && { global: [...webhookKinds] }),
    },
    stepByUid,
    childByUid: byUid(children),
    looseByUid: new Map([...byUid(looseByStep), ...byUid(webhooks.loose)]),
    provenOutside: [...webhooks.edges, ...definitions, ...served],
  };
}

function byUid(byStep: ReadonlyMap<ObjectId, readonly KubernetesObject[]>): Map<string, ObjectId> {
  return new Map([...byStep].flatMap(([step, made]) => made.map(({ metadata }) => [metadata.uid ?? '', step] as const)));
}

/**
 * The custom resources that a CustomResourceDefinition's deletion would take along, without any order and without their
 * controllers.
 */
async function instancesOf(cluster: Cluster, objects: readonly KubernetesObject[], most: number): Promise<KubernetesObject[]> {
  const crds = objects.filter((object) => isCrd(object) && !keepReason(object));
  const lists = await inTurns(8, crds, async (crd) => {
    const kind = kindDefinedBy(crd);
    const query = kind && { ...kind, keep: slimWithReferences, limit: most + 1 };
    const { items, more }: Listed = query ? await listIfServed(cluster, query) : { items: [] };
    return { crd, items, count: items.length + (more?.count ?? 0) };
  });
  const total = lists.reduce((sum, { count }) => sum + count, 0);
  if (total > most) refuseTooMany(lists, total, most);
  return lists.flatMap(({ items }) => items).map((each) => withoutDirectives(each));
}

/** The annotations that an author could have meant stay for whoever tells people that they decide nothing here. */
function slimWithDirectives(object: KubernetesObject): KubernetesObject {
  const slimmed = slim(object);
  const directives = directivesOn(object).map((name) => [name, cut(String(object.metadata.annotations?.[name]), longestListed)]);
  if (directives.length === 0) return slimmed;
  return { ...slimmed, metadata: { ...slimmed.metadata, annotations: Object.fromEntries(directives) } };
}

/** What a custom resource names goes after it. */
function slimWithReferences(object: KubernetesObject): KubernetesObject {
  return { ...referencesOnly(object), ...withOperatorManagers(slimWithDirectives(object), object) };
}

/**
 * Whoever may create a custom resource could make the order too large to be written down. Nothing is deleted in part:
 * their controller must outlive all.
 */
function refuseTooMany(lists: readonly { crd: KubernetesObject; count: number }[], total: number, most: number): never {
  const [first, ...others] = lists.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const { name } = first?.crd.metadata ?? { name: 'custom resources' };
  const everywhere = first && textOf(fieldAt(first.crd, 'spec', 'scope')) === 'Cluster' ? '' : ' --all-namespaces';
  const number = (count: number) => count.toLocaleString('en-US');
  const what =
    others.length > 0
      ? `${number(total)} custom resources exist, ${number(first?.count ?? 0)} of them ${name}`
      : `${number(total)} ${name} exist`;
  throw new BookendError('blocked', `${what}, more than the ${number(most)} that are taken down in order`, {
    object: `CustomResourceDefinition ${name}`,
    advice: `Delete them first, while their controller runs:\nkubectl delete ${shellWord(name)} --all${everywhere}\nNothing was deleted.`,
  });
}

/**
 * The kind of a CustomResourceDefinition's objects, at the version that they are read at; undefined for any other
 * object.
 */
export function kindDefinedBy(crd: KubernetesObject): Kind | undefined {
  const { group, kind } = definedBy(crd);
  const [version] = isCrd(crd) && kind !== '' ? servedVersions(crd) : [];
  return version === undefined ? undefined : { apiVersion: `${group}/${version}`, kind };
}

/**
 * Custom resources may have made anything, so every kind that can be listed is looked at; built-in workloads make only
 * what is known.
 */
async function reachOf(cluster: Cluster, refs: readonly ObjectRef[]): Promise<Reach> {
  const reach = builtInReach(refs);
  if (!refs.some(isCustomResource)) return reach;
  const { kinds, missing } = await cluster.kinds();
  const others = kinds.filter((kind) => mayBeChild(kind, reach));
  const notSeen = missing.map((group) => `API group ${group} does not answer`);
  return { ...reach, confirmed: [...reach.confirmed, ...others.map(({ apiVersion, kind }) => ({ apiVersion, kind }))], notSeen };
}

/** Kinds without a life of their own, or that controllers make and remove by the thousand beside the workloads. */
const neverChildren = new Set([
  'Event',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'ComponentStatus',
  'Node',
  'PodMetrics',
  'NodeMetrics',
]);

function mayBeChild(kind: KindInfo, reach: Reach): boolean {
  if (!kind.verbs.includes('list') || neverChildren.has(kind.kind)) return false;
  if (!kind.namespaced && !reach.namespaces.includes(undefined)) return false;
  return !reach.confirmed.some((known) => known.apiVersion === kind.apiVersion && known.kind === kind.kind);
}

/**
 * Whole objects for what has a Pod template, since the rules read it; metadata for the rest. Kinds that may not be
 * listed leave the reach, and are named.
 */
async function readAll(cluster: Cluster, reach: Reach, loose: LooseChildren): Promise<KubernetesObject[]> {
  const required = reach.watched;
  const forbidden = new Set<string>();
  const lists = await inTurns(8, surveyQueries(reach), async (place) => {
    const query: Query = {
      ...place,
      keep: (object) => {
        loose.meet(object);
        return isWorkload(place) ? dropManagedFields(object) : slimWithDirectives(object);
      },
    };
    try {
      return (await listIfServed(cluster, query)).items;
    } catch (error) {
      if (required.some((kind) => keyOf(kind) === keyOf(place)) || !isCode(error, 'forbidden', 'unreachable', 'invalid'))
        throw error;
      forbidden.add(place.apiVersion + place.kind);
      reach.notSeen.push(error.message);
      return [];
    }
  });
  reach.confirmed = reach.confirmed.filter((kind) => !forbidden.has(kind.apiVersion + kind.kind));
  return lists.flat();
}

/** What is listed to find everything within this reach. */
export function surveyQueries({ namespaces, confirmed }: Reach): Query[] {
  return namespaces.flatMap((namespace) =>
    confirmed.map((kind) => ({
      ...kind,
      ...(namespace !== undefined && { namespace }),
      ...(!isWorkload(kind) && { metadataOnly: true }),
    })),
  );
}

type Listed = Pick<Listing, 'items' | 'more'>;

async function listIfServed(cluster: Cluster, query: Query): Promise<Listed> {
  try {
    return await cluster.list(query);
  } catch (error) {
    if (isCode(error, 'not-found')) return { items: [] };
    throw error;
  }
}

/** Kinds of which children exist now are watched too, beside the built-in workloads. */
function withChildKinds(reach: Reach, children: readonly KubernetesObject[]): Reach {
  const kinds = new Map(children.map(({ apiVersion, kind }) => [apiVersion + kind, { apiVersion, kind }]));
  for (const { apiVersion, kind } of reach.watched) kinds.delete(apiVersion + kind);
  return { ...reach, watched: [...reach.watched, ...kinds.values()] };
}
