/**
 * Who was made by whom: finds, for each Pod or other child that a watch shows, the step of the plan that it lives for. By owner chain; a chain is
 * remembered once it was seen whole, because its middle (a ReplicaSet) may go before its end (a Pod).
 *
 * Pods whose chain was cut (an owner deleted with `orphan`) are recognised the way the controllers themselves do it: by the labels of the
 * workload's Pod template. A Pod like that would be adopted by the workload if that still lived.
 */
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject, OwnerReference } from '../objects/object.ts';

/** What recognises a workload's Pods when no owner reference does. */
export type PodMark = { step: ObjectId; namespace: string; labels: Record<string, string> };

export class Family {
  readonly #stepByUid: Map<string, ObjectId>;
  readonly #marks: PodMark[];
  /** Everything ever seen, so that chains can be completed later: uid → its owners. */
  readonly #owners = new Map<string, OwnerReference[]>();
  readonly #stepIds: ReadonlySet<ObjectId>;

  /**
   * @param stepByUid the UIDs of the plan's own objects
   * @param marks labels of the workloads' Pod templates
   */
  constructor(stepByUid: ReadonlyMap<string, ObjectId>, marks: PodMark[], stepIds: ReadonlySet<ObjectId>) {
    this.#stepByUid = new Map(stepByUid);
    this.#marks = marks.filter((mark) => Object.keys(mark.labels).length > 0);
    this.#stepIds = stepIds;
  }

  /** Tells of one of the plan's own objects, such as one that was made anew. */
  addStep(uid: string, step: ObjectId): void {
    this.#stepByUid.set(uid, step);
  }

  /** Tells of an object, so that chains through it can be followed even when it is gone. */
  learn(object: KubernetesObject): void {
    const { uid, ownerReferences } = object.metadata;
    if (uid && ownerReferences) this.#owners.set(uid, ownerReferences);
  }

  /** The step that this object lives for, or undefined when it is none of ours, or is a step itself. */
  stepOf(object: KubernetesObject): ObjectId | undefined {
    if (this.#stepIds.has(idOf(object))) return undefined;
    this.learn(object);
    const byChain = this.#climb(object.metadata.uid, object.metadata.ownerReferences ?? []);
    if (byChain) return byChain;
    const step = object.kind === 'Pod' ? this.#byMark(object) : undefined;
    if (step && object.metadata.uid) this.#stepByUid.set(object.metadata.uid, step);
    return step;
  }

  /** Owner references may form a circle (nothing forbids it), so a climb ends after more links than any real chain has. */
  #climb(uid: string | undefined, owners: OwnerReference[], links = 0): ObjectId | undefined {
    const known = uid === undefined ? undefined : this.#stepByUid.get(uid);
    if (known || links > longestChain) return known;
    for (const owner of owners) {
      const step = this.#climb(owner.uid, this.#owners.get(owner.uid) ?? [], links + 1);
      if (!step) continue;
      if (uid) this.#stepByUid.set(uid, step);
      return step;
    }
    return undefined;
  }

  /** Only Pods without a controller, or whose controller nobody knows (it went before we looked). */
  #byMark(pod: KubernetesObject): ObjectId | undefined {
    const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller);
    if (controller && this.#owners.has(controller.uid)) return undefined;
    return this.#marks.find(
      (mark) =>
        mark.namespace === pod.metadata.namespace &&
        Object.entries(mark.labels).every(([key, value]) => pod.metadata.labels?.[key] === value),
    )?.step;
  }
}

const longestChain = 16;
