/**
 * Who was made by whom: finds, for each Pod or other child that a watch shows, the step of the plan that it lives for.
 * By the UIDs of owners and by nothing else: anybody can give his object our labels and a name like ours, and it stays
 * his.
 *
 * Links that were seen once are remembered, because the middle of a chain (a ReplicaSet) may go before its end (a Pod).
 * So is every child: when somebody takes its owner away in the middle of a teardown
 * (`kubectl delete --cascade=orphan`), it was ours all the same.
 */
import { idOf, idOfRef, type ObjectId, parseId } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef, OwnerReference } from '../objects/object.ts';
import { controllerOf } from '../objects/owners.ts';
import { isPod } from './kinds.ts';

/** Why an object counts for a step. */
export type Kinship = {
  step: ObjectId;
  /**
   * `owned`: its owners lead there. `orphaned`: they did when it was seen before, and now it has none. `possible`: the
   * middle of its chain was never seen, or it never had an owner, and only a name speaks for it. What is only possible
   * is waited for, and never deleted.
   */
  how: 'owned' | 'orphaned' | 'possible';
};

type Link = { id: ObjectId; namespace: string; owners: OwnerReference[] };

export class Family {
  readonly #stepByUid: Map<string, ObjectId>;
  /** The step of each object whose owners have led to one. */
  readonly #recorded: Map<string, ObjectId>;
  readonly #loose: ReadonlyMap<string, ObjectId>;
  /** The step of what stood between a workload and its Pods, by UID. */
  readonly #between = new Map<string, ObjectId>();
  /** Everything ever seen that can be the middle of a chain, as it was last seen. */
  readonly #links = new Map<string, Link>();
  /** The UIDs of what makes others under its own name, by kind, namespace and name. */
  readonly #makers = new Map<ObjectId, string>();
  readonly #stepIds: ReadonlySet<ObjectId>;

  /**
   * @param stepByUid the UIDs of the plan's own objects
   * @param recorded the UIDs of children that an earlier look has found, with their steps
   * @param loose the UIDs of what may have been made for steps, and has no owner
   */
  constructor(
    stepByUid: ReadonlyMap<string, ObjectId>,
    stepIds: ReadonlySet<ObjectId>,
    recorded: ReadonlyMap<string, ObjectId> = new Map(),
    loose: ReadonlyMap<string, ObjectId> = new Map(),
  ) {
    this.#loose = loose;
    this.#stepByUid = new Map();
    this.#recorded = new Map(recorded);
    this.#stepIds = stepIds;
    for (const [uid, step] of stepByUid) this.addStep(uid, step);
  }

  /** Adds what stood between a step's object and its Pods when the plan was made: it may be gone by now. */
  addBetween(uids: readonly string[], step: ObjectId): void {
    for (const uid of uids) this.#between.set(uid, step);
  }

  /** Adds one of the plan's own objects by its UID, such as one that was created again. */
  addStep(uid: string, step: ObjectId): void {
    this.#stepByUid.set(uid, step);
    this.#makers.set(step, uid);
  }

  /** Remembers an object, so that chains through it can be followed even when it is gone. */
  learn(object: KubernetesObject): void {
    this.#learn(object);
  }

  /** The step that this object provably lives for, or undefined when it is none of ours, or is a step itself. */
  stepOf(object: KubernetesObject): ObjectId | undefined {
    const kinship = this.kinshipOf(object);
    return kinship?.how === 'possible' ? undefined : kinship?.step;
  }

  /** The same, and how sure that is. */
  kinshipOf(object: KubernetesObject): Kinship | undefined {
    if (this.#stepIds.has(idOf(object))) return undefined;
    const uid = object.metadata.uid ?? '';
    const link = this.#learn(object);
    const step = this.#climb(uid, link, new Set());
    if (step) return { step, how: link.owners.length > 0 ? 'owned' : 'orphaned' };
    const loose = this.#looseStep(uid, link);
    if (loose) return { step: loose, how: 'possible' };
    return isPod(object) ? this.#byName(link) : undefined;
  }

  /** The step of what has no owner, or of what that owns itself. */
  #looseStep(uid: string, { owners }: Link): ObjectId | undefined {
    if (this.#loose.size === 0) return undefined;
    if (owners.length === 0) return this.#loose.get(uid);
    const climbed = new Set(owners.map((owner) => owner.uid));
    for (const each of climbed) {
      for (const further of this.#links.get(each)?.owners ?? []) climbed.add(further.uid);
    }
    return [...climbed].flatMap((each) => this.#loose.get(each) ?? [])[0];
  }

  #learn(object: KubernetesObject): Link {
    const { uid } = object.metadata;
    const link = linkOf(object);
    if (uid && (link.owners.length > 0 || mayBeBetween(object) || this.#links.has(uid))) this.#links.set(uid, link);
    if (uid && namesAfterItself.has(object.kind)) this.#makers.set(idOf(object), uid);
    return link;
  }

  /** Owner references may form a circle (nothing forbids it), so no link is climbed twice. */
  #climb(uid: string, link: Link, climbed: Set<string>): ObjectId | undefined {
    const step = this.#stepByUid.get(uid);
    if (step) return step === link.id ? step : undefined;
    if (climbed.has(uid)) return undefined;
    climbed.add(uid);
    // Nothing owns it any more. With another owner it would be that one's.
    if (link.owners.length === 0) return this.#recorded.get(uid);
    for (const owner of link.owners) {
      const found = this.#climbTo(owner, link, climbed);
      if (!found) continue;
      this.#recorded.set(uid, found);
      return found;
    }
    return undefined;
  }

  /**
   * An owner is in the namespace of what it owns, or in none, and has the kind and name that the reference gives it;
   * the garbage collector takes any other for absent. Otherwise a reference to something that is gone, with the UID of
   * something that lives, would make all that this owns ours.
   */
  #climbTo({ uid, apiVersion, kind, name }: OwnerReference, { namespace }: Link, climbed: Set<string>): ObjectId | undefined {
    const further = this.#links.get(uid);
    const id = further?.id ?? this.#stepByUid.get(uid);
    if (id === undefined) return mayBeBetween({ kind }) ? this.#stepBefore(uid, namespace) : undefined;
    const owner = { apiVersion, kind, name };
    if (id !== idOfRef(owner) && (namespace === '' || id !== idOfRef({ ...owner, namespace }))) return undefined;
    return further ? this.#climb(uid, further, climbed) : this.#stepByUid.get(uid);
  }

  /** The step of what went before its Pods, which are in its namespace. */
  #stepBefore(uid: string, namespace: string): ObjectId | undefined {
    const step = this.#between.get(uid);
    const place = step === undefined ? undefined : parseId(step).namespace;
    return place === undefined || place === '' || place === namespace ? step : undefined;
  }

  /**
   * A Pod whose ReplicaSet or Job nobody has seen. Its name is that of its maker with one more part, so that it may
   * come from a step; the garbage collector removes the Pod when the ReplicaSet or Job does not exist.
   */
  #byName({ namespace, owners }: Link): Kinship | undefined {
    const controller = owners.find((owner) => owner.controller);
    if (!controller || this.#links.has(controller.uid) || this.#stepByUid.has(controller.uid)) return undefined;
    const maker = makers.get(controller.kind);
    const [, name] = /^(.+)-[a-z0-9]+$/.exec(controller.name) ?? [];
    if (!maker || name === undefined) return undefined;
    const uid = this.#makers.get(idOfRef({ ...maker, namespace, name }));
    if (uid === undefined) return undefined;
    const link = this.#links.get(uid);
    const step = link ? this.#climb(uid, link, new Set()) : this.#stepByUid.get(uid);
    return step && { step, how: 'possible' };
  }
}

const betweenKinds = new Set(['ReplicaSet', 'Job', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicationController', 'CronJob']);

/** True for what can stand between the object that was made and the Pods that it leads to. */
export function mayBeBetween({ kind }: Pick<ObjectRef, 'kind'>): boolean {
  return betweenKinds.has(kind);
}

/** What makes that which stands between a workload and its Pods, under the workload's name and a hash or time. */
const makers = new Map([
  ['ReplicaSet', { apiVersion: 'apps/v1', kind: 'Deployment' }],
  ['Job', { apiVersion: 'batch/v1', kind: 'CronJob' }],
]);
const namesAfterItself = new Set(['Deployment', 'CronJob']);

function linkOf(object: KubernetesObject): Link {
  const { namespace = '', ownerReferences = [] } = object.metadata;
  // The controller first: it, more than any other owner, says whose the object is.
  const controller = controllerOf(object);
  const owners = controller ? [controller, ...ownerReferences.filter((owner) => owner !== controller)] : ownerReferences;
  return { id: idOf(object), namespace, owners };
}
