/**
 * Who was made by whom: finds, for each Pod or other child that a watch shows, the step of the plan that it lives for. By owner chain; links that were
 * seen once are remembered, because the middle of a chain (a ReplicaSet) may go before its end (a Pod).
 *
 * What has no owner (any more), because an owner was deleted with `orphan`, is recognised the way the controllers themselves do it: by the labels that the
 * workload selects. A Pod like that would be adopted by the workload if that still lived. Nothing that has a living owner is ever claimed by
 * its labels: it is somebody else's, however much it looks like ours.
 */
import { idOf, type ObjectId, parseId } from '../objects/identity.ts';
import type { KubernetesObject, OwnerReference } from '../objects/object.ts';
import { controllerOf } from '../objects/owners.ts';

/** What recognises a workload's Pods when no owner reference does. */
export type PodMark = {
  step: ObjectId;
  namespace: string;
  labels: Record<string, string>;
  /** The workload, where it is not the step itself but was made out of it. */
  workload?: { kind: string; name: string };
};

type Link = { kind: string; namespace: string; name: string; labels: Record<string, string>; owners: OwnerReference[] };
type Mark = PodMark & { workload: { kind: string; name: string } };

export class Family {
  readonly #stepByUid: Map<string, ObjectId>;
  readonly #marks: Mark[];
  /** Everything ever seen that can be the middle of a chain, as it was last seen. */
  readonly #links = new Map<string, Link>();
  readonly #stepIds: ReadonlySet<ObjectId>;

  /**
   * @param stepByUid the UIDs of the plan's own objects
   * @param marks labels by which the workloads select their Pods
   */
  constructor(stepByUid: ReadonlyMap<string, ObjectId>, marks: PodMark[], stepIds: ReadonlySet<ObjectId>) {
    this.#stepByUid = new Map(stepByUid);
    this.#marks = marks
      .filter((mark) => Object.keys(mark.labels).length > 0)
      .map((mark) => ({ ...mark, workload: mark.workload ?? parseId(mark.step) }));
    this.#stepIds = stepIds;
  }

  /** Tells of one of the plan's own objects, such as one that was made anew. */
  addStep(uid: string, step: ObjectId): void {
    this.#stepByUid.set(uid, step);
  }

  /** Tells of an object, so that chains through it can be followed even when it is gone. */
  learn(object: KubernetesObject): void {
    this.#learn(object);
  }

  /** The step that this object lives for, or undefined when it is none of ours, or is a step itself. */
  stepOf(object: KubernetesObject): ObjectId | undefined {
    if (this.#stepIds.has(idOf(object))) return undefined;
    return this.#climb(object.metadata.uid ?? '', this.#learn(object), new Set());
  }

  #learn(object: KubernetesObject): Link {
    const { uid } = object.metadata;
    const link = linkOf(object);
    if (uid && (link.owners.length > 0 || mayBeBetween.has(object.kind) || this.#links.has(uid))) this.#links.set(uid, link);
    return link;
  }

  /** Owner references may form a circle (nothing forbids it), so no link is climbed twice. */
  #climb(uid: string, link: Link, climbed: Set<string>): ObjectId | undefined {
    const step = this.#stepByUid.get(uid);
    if (step) return step;
    if (climbed.has(uid)) return undefined;
    climbed.add(uid);
    if (link.owners.length === 0) return this.#marks.find((mark) => wouldAdopt(mark, link))?.step;
    for (const owner of link.owners) {
      const further = this.#links.get(owner.uid);
      const found = further ? this.#climb(owner.uid, further, climbed) : this.#stepByUid.get(owner.uid);
      if (found) return found;
    }
    return this.#byLostLink(link);
  }

  /** Only what lies between a workload and its Pods may be missing: its name begins with the workload's. The workload itself is known by its UID. */
  #byLostLink(link: Link): ObjectId | undefined {
    const controller = link.owners.find((owner) => owner.controller);
    if (!controller || this.#links.has(controller.uid)) return undefined;
    return this.#marks.find(
      (mark) =>
        between.get(mark.workload.kind) === controller.kind &&
        controller.name.startsWith(`${mark.workload.name}-`) &&
        isMarked(mark, link),
    )?.step;
  }
}

/** What these put between themselves and their Pods. */
const between = new Map([
  ['Deployment', 'ReplicaSet'],
  ['CronJob', 'Job'],
]);
const mayBeBetween = new Set(['ReplicaSet', 'Job', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicationController', 'CronJob']);

/** Kinds whose controllers adopt what their selector matches and nobody owns (`ControllerRefManager`). */
const adopts = new Map([
  ['Deployment', ['ReplicaSet', 'Pod']],
  ['StatefulSet', ['Pod', 'ControllerRevision']],
  ['DaemonSet', ['Pod', 'ControllerRevision']],
  ['ReplicaSet', ['Pod']],
  ['ReplicationController', ['Pod']],
  ['Job', ['Pod']],
]);

function wouldAdopt(mark: Mark, link: Link): boolean {
  if (!adopts.get(mark.workload.kind)?.includes(link.kind) || !isMarked(mark, link)) return false;
  return mark.workload.kind !== 'StatefulSet' || link.name.startsWith(`${mark.workload.name}-`);
}

function isMarked(mark: Mark, link: Link): boolean {
  return mark.namespace === link.namespace && Object.entries(mark.labels).every(([key, value]) => link.labels[key] === value);
}

function linkOf(object: KubernetesObject): Link {
  const { name, namespace = '', labels = {}, ownerReferences = [] } = object.metadata;
  // The controller first: it, more than any other owner, says whose the object is.
  const controller = controllerOf(object);
  const owners = controller ? [controller, ...ownerReferences.filter((owner) => owner !== controller)] : ownerReferences;
  return { kind: object.kind, namespace, name, labels, owners };
}
