/**
 * The children and Pods of each step, kept current while the watches show them one by one: an owner may be shown after
 * what it owns, or turn out to be somebody else's.
 */
import type { Mirror } from '../cluster/mirror.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Family, Kinship } from './family.ts';
import { isVanishedKind } from './watches.ts';

type Member = { object: KubernetesObject; mirror: Mirror; how: Kinship['how'] };

export class Members {
  readonly #family: Family;
  readonly #mirrors: Mirror[] = [];
  readonly #byStep = new Map<ObjectId, Map<string, Member>>();
  readonly #kinships = new Map<string, Kinship>();
  readonly #ever = new Set<string>();

  constructor(family: Family) {
    this.#family = family;
  }

  /** Tells of a watch whose objects will be met. */
  add(mirror: Mirror): void {
    this.#mirrors.push(mirror);
  }

  /** What lives for the step now, and how sure that is. Objects of a kind that is not served any more do not. */
  of(step: ObjectId): { object: KubernetesObject; how: Kinship['how'] }[] {
    const members = this.#byStep.get(step);
    return members === undefined ? [] : [...members.values()].filter(({ mirror }) => !isVanishedKind(mirror));
  }

  /** True for the UID of whatever has provably been a member of any step. */
  hasEverHad(uid: string): boolean {
    return this.#ever.has(uid);
  }

  /** The step that the object of this UID provably lives for now. */
  stepOfUid(uid: string): ObjectId | undefined {
    const kinship = this.#kinships.get(uid);
    return kinship && kinship.how !== 'possible' ? kinship.step : undefined;
  }

  /** An object came, changed or went. */
  meet(mirror: Mirror, object: KubernetesObject | undefined, previous: KubernetesObject | undefined): void {
    if (previous && previous.metadata.uid !== object?.metadata.uid) this.#remove(previous.metadata.uid ?? '');
    if (!object) return;
    const moved = this.#file(mirror, object);
    if (moved || !previous) this.reconsiderChildrenOf(object.metadata.uid ?? '');
  }

  /** Something was learned about an owner: its children, and theirs, may belong elsewhere. */
  reconsiderChildrenOf(owner: string): void {
    const owners = [owner];
    const visited = new Set(owners);
    for (let uid = owners.pop(); uid !== undefined; uid = owners.pop()) {
      for (const mirror of this.#mirrors) {
        for (const child of mirror.byOwner(uid)) {
          const childUid = child.metadata.uid ?? '';
          if (!this.#file(mirror, child) || visited.has(childUid)) continue;
          visited.add(childUid);
          owners.push(childUid);
        }
      }
    }
  }

  /** Files an object under its step, or away from it. @returns whether it belongs elsewhere than before */
  #file(mirror: Mirror, object: KubernetesObject): boolean {
    const uid = object.metadata.uid ?? '';
    const kinship = this.#family.kinshipOf(object);
    const before = this.#kinships.get(uid);
    const moved = kinship?.step !== before?.step || kinship?.how !== before?.how;
    if (moved) this.#remove(uid);
    if (!kinship) return moved;
    const { step, how } = kinship;
    const members = this.#byStep.get(step) ?? new Map<string, Member>();
    members.set(uid, { object, mirror, how });
    this.#byStep.set(step, members);
    this.#kinships.set(uid, kinship);
    if (how !== 'possible') this.#ever.add(uid);
    return moved;
  }

  #remove(uid: string): void {
    const kinship = this.#kinships.get(uid);
    if (!kinship) return;
    this.#kinships.delete(uid);
    this.#byStep.get(kinship.step)?.delete(uid);
  }
}
