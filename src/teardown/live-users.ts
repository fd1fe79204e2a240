/**
 * The Pods that name objects of the plan, kept current by the Pod watches of the teardown: whoever comes while it runs
 * is seen until the end. Of each Pod only the names are kept that stand for steps of the plan.
 */
import { idOf, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import type { SeenUser } from './seen.ts';
import { type Use, usesOf } from './uses.ts';
import { slim } from './watches.ts';

/** The step that a Pod lives for, by its UID; undefined for a Pod of others. */
type StepOfPod = (uid: string) => ObjectId | undefined;

type UsingPod = KubernetesObject & { uses?: Use[] };
type User = { id: ObjectId; pod: SeenUser['pod']; uses: Use[] };

export class LiveUsers {
  /** Where each step stands in the plan. */
  readonly #position: ReadonlyMap<ObjectId, number>;
  /** The steps that are to be deleted. */
  readonly #deleted: ReadonlySet<ObjectId>;
  /** Waited for as a step of its own, in orders that were written down. */
  readonly #awaited: ReadonlySet<ObjectId>;
  readonly #rights: ReadonlyMap<ObjectId, readonly ObjectId[]>;
  readonly #users = new Map<string, User>();

  /** @param rights for each ServiceAccount what gives it rights: whatever runs as it lives on these too */
  constructor({ steps }: Plan, rights: ReadonlyMap<ObjectId, readonly ObjectId[]>) {
    this.#position = new Map(steps.map(({ id }, index) => [id, index]));
    this.#deleted = new Set(steps.flatMap(({ id, mode }) => (mode === 'delete' ? id : [])));
    this.#awaited = new Set(steps.flatMap(({ id, mode }) => (mode === 'await' ? id : [])));
    this.#rights = rights;
  }

  /**
   * What is kept of a Pod as it arrives: what a teardown reads of any, and the names in its spec that stand for steps.
   */
  slim(pod: KubernetesObject): UsingPod {
    const uses = usesOf(pod).filter(({ object }) => this.#deleted.has(object));
    return uses.length > 0 ? { ...slim(pod), uses } : slim(pod);
  }

  /** A Pod came or changed, as `slim` has made it. */
  meet(arrived: KubernetesObject): void {
    const { uses = [] }: UsingPod = arrived;
    const { uid = '', namespace = '', name } = refOf(arrived);
    const id = idOf(arrived);
    if (uses.length > 0) this.#users.set(uid, { id, pod: { namespace, name, uid }, uses });
    else this.#users.delete(uid);
  }

  /** The Pod of this UID is gone. */
  leave(uid: string): void {
    this.#users.delete(uid);
  }

  /**
   * For each step the Pods that must not lose it. A Pod of the teardown itself counts too, such as one of a DaemonSet
   * that an operator made a moment ago, but only for steps behind its own: the plan never has its own wait for those,
   * so that nothing waits in a circle.
   */
  byStep(stepOf: StepOfPod): Map<ObjectId, SeenUser[]> {
    const found = new Map<ObjectId, SeenUser[]>();
    for (const { id, pod, uses } of this.#users.values()) {
      if (this.#awaited.has(id)) continue;
      const maker = stepOf(pod.uid) ?? (this.#deleted.has(id) ? id : undefined);
      const isBefore = (step: ObjectId) => maker === undefined || this.#at(maker) < this.#at(step);
      const named = new Set<ObjectId>();
      const add = (step: ObjectId, user: SeenUser) => {
        if (named.has(step) || !this.#deleted.has(step) || !isBefore(step)) return;
        named.add(step);
        const users = found.get(step);
        if (users) users.push(user);
        else found.set(step, [user]);
      };
      for (const { object, field } of uses) {
        const user: SeenUser = { pod, names: object, field, ...(maker !== undefined && { maker }) };
        add(object, user);
        for (const right of this.#rights.get(object) ?? []) add(right, user);
      }
    }
    return found;
  }

  #at(step: ObjectId): number {
    return this.#position.get(step) ?? -1;
  }
}
