/**
 * The garbage collector (`pkg/controller/garbagecollector`): what has lost its owners goes, an owner that is deleted in
 * the foreground waits for the dependents that block it, one that is deleted with orphans lets go of them first. Its
 * finalizer removals are updates and pass through admission.
 */
import { groupOf, refOf } from '../../../objects/identity.ts';
import type { OwnerReference } from '../../../objects/object.ts';
import { foregroundDeletion, orphan } from '../api/deletion.ts';
import type { Kind } from '../api/kind.ts';
import type { Change, Stored } from '../api/store.ts';
import { controllerNamed } from '../api/user.ts';
import { type Enqueue, type Environment, workQueue } from './environment.ts';

const by = { user: controllerNamed('generic-garbage-collector') };

const circleRetryMs = 50;

/** How an owner that an object names stands: there, deleted in the foreground, gone, or not to be judged. */
type Standing = 'solid' | 'waiting' | 'dangling' | 'unknown';

export function garbageCollector(env: Environment): void {
  const collector = new Collector(env);
  env.onAny((change) => collector.changed(change));
}

class Collector {
  readonly #env: Environment;
  /**
   * UID and namespace of owners that were seen to go: gone even when their kind is no longer served
   * (`absentOwnerCache`).
   */
  readonly #absent = new Map<string, string | undefined>();
  readonly #collect: Enqueue;
  readonly #letGo: Enqueue;

  constructor(env: Environment) {
    const { store } = env.server;
    this.#env = env;
    this.#collect = workQueue(env, (uid) => {
      const entry = store.byUid(uid);
      if (entry) this.#attemptToDelete(entry.kind, entry.object);
    });
    this.#letGo = workQueue(env, (uid) => {
      const entry = store.byUid(uid);
      if (entry && waitsFor(entry.object, orphan)) this.#orphanDependents(entry.kind, entry.object);
    });
  }

  changed({ type, object, old }: Change): void {
    if (type === 'deleted') this.#ownerGone(object);
    else this.#present(object, old);
    this.#askWaitingOwners(object, old);
  }

  #ownerGone({ metadata: { uid, namespace } }: Stored): void {
    const dependents = this.#env.server.store.dependentsOf(uid);
    if (dependents.length > 0) this.#absent.set(uid, namespace);
    this.#collectAll(dependents);
  }

  #present(object: Stored, old: Stored | undefined): void {
    const { uid, ownerReferences } = object.metadata;
    if (ownerReferences?.length && ownerReferences !== old?.metadata.ownerReferences) this.#collect(uid);
    if (waitsFor(object, orphan)) this.#letGo(uid);
    if (!waitsFor(object, foregroundDeletion)) return;
    const justBegan = old === undefined || !waitsFor(old, foregroundDeletion);
    if (justBegan) this.#collectAll(this.#env.server.store.dependentsOf(uid));
    this.#collect(uid);
  }

  /** An owner that waits in the foreground looks again whenever one of its dependents changes, comes or goes. */
  #askWaitingOwners({ metadata: { ownerReferences } }: Stored, old: Stored | undefined): void {
    const before = old?.metadata.ownerReferences;
    const references = [...(ownerReferences ?? []), ...(before !== ownerReferences ? (before ?? []) : [])];
    for (const { uid } of references) {
      const owner = this.#env.server.store.byUid(uid);
      if (owner && waitsFor(owner.object, foregroundDeletion)) this.#collect(uid);
    }
  }

  #collectAll(dependents: readonly { object: Stored }[]): void {
    for (const { object } of dependents) this.#collect(object.metadata.uid);
  }

  #attemptToDelete(kind: Kind, object: Stored): void {
    if (waitsFor(object, foregroundDeletion)) this.#processDeletingDependents(kind, object);
    if (object.metadata.deletionTimestamp !== undefined) return;
    const references = object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const standing = references.map((reference) => ({ reference, state: this.#standingOf(object, reference) }));
    const of = (...states: Standing[]) =>
      standing.filter(({ state }) => states.includes(state)).map(({ reference }) => reference);
    // What cannot be judged (a cluster-scoped object that names a namespaced owner) is never collected.
    const kept = of('solid', 'unknown');
    if (kept.length > 0 && kept.length < references.length) this.#keepOwners(kind, object, kept);
    if (kept.length === 0) this.#removeOrphaned(kind, object, of('waiting').length > 0);
  }

  /** Deletes an object without an owner that stays. @param awaited whether an owner waits for it in the foreground */
  #removeOrphaned(kind: Kind, object: Stored, awaited: boolean): void {
    const { uid, ownerReferences = [], finalizers = [] } = object.metadata;
    const dependents = this.#env.server.store.dependentsOf(uid);
    if (!awaited || dependents.length === 0) {
      this.#remove(kind, object, propagationOf(finalizers));
      return;
    }
    const inCircle =
      ownerReferences.some(({ blockOwnerDeletion }) => blockOwnerDeletion) &&
      dependents.some((each) => waitsFor(each.object, foregroundDeletion));
    if (!inCircle) {
      this.#remove(kind, object, 'Foreground');
      return;
    }
    // Objects that wait for each other: this one stops blocking its owners. Its own deletion then meets a conflict
    // with that change and is tried again later, when the owner has gone.
    const unblocked = ownerReferences.map((reference) => ({ ...reference, blockOwnerDeletion: false }));
    this.#keepOwners(kind, object, unblocked);
    this.#collect(uid, circleRetryMs);
  }

  #processDeletingDependents(kind: Kind, owner: Stored): void {
    const { uid } = owner.metadata;
    const blocking = this.#env.server.store
      .dependentsOf(uid)
      .filter(({ object }) => object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true));
    if (blocking.length === 0) this.#withoutFinalizer(kind, owner, foregroundDeletion);
    this.#collectAll(blocking.filter(({ object }) => object.metadata.deletionTimestamp === undefined));
  }

  #orphanDependents(kind: Kind, owner: Stored): void {
    for (const dependent of this.#env.server.store.dependentsOf(owner.metadata.uid)) {
      const others = dependent.object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
      this.#keepOwners(dependent.kind, dependent.object, others);
    }
    this.#withoutFinalizer(kind, owner, orphan);
  }

  #standingOf({ metadata }: Stored, { apiVersion, kind: kindName, name, uid }: OwnerReference): Standing {
    if (this.#absent.has(uid) && [undefined, metadata.namespace].includes(this.#absent.get(uid))) return 'dangling';
    const { kinds, store } = this.#env.server;
    const kind = kinds.find(apiVersion, kindName) ?? kinds.inGroup(groupOf(apiVersion), kindName);
    if (kind === undefined) return 'unknown';
    if (kind.namespaced && metadata.namespace === undefined) return 'unknown';
    // An owner that cannot be asked for is asked for again later; until then nothing is concluded.
    this.#env.server.refuseUnreachable(kind);
    const owner = store.get(kind.key, kind.namespaced ? metadata.namespace : undefined, name);
    if (owner === undefined || owner.metadata.uid !== uid) return 'dangling';
    return waitsFor(owner, foregroundDeletion) ? 'waiting' : 'solid';
  }

  #keepOwners(kind: Kind, object: Stored, ownerReferences: OwnerReference[]): void {
    const { ownerReferences: _, ...metadata } = object.metadata;
    const kept = ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata;
    this.#env.server.update(kind, object, { ...object, metadata: kept }, by);
  }

  #withoutFinalizer(kind: Kind, object: Stored, finalizer: string): void {
    const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    this.#env.server.update(kind, object, { ...object, metadata: { ...object.metadata, finalizers } }, by);
  }

  #remove(kind: Kind, object: Stored, propagation: 'Foreground' | 'Background' | 'Orphan'): void {
    // It knows objects by their preferred version, and a conversion that fails stops it.
    const { apiVersion } = this.#env.server.kinds.byKey(kind.key) ?? kind;
    const ref = { ...refOf(object), apiVersion };
    this.#env.server.delete(ref, { propagation, uid: object.metadata.uid }, by.user);
  }
}

/** The object's own finalizers say how its dependents go; by default in the background. */
function propagationOf(finalizers: readonly string[]): 'Foreground' | 'Background' | 'Orphan' {
  if (finalizers.includes(orphan)) return 'Orphan';
  return finalizers.includes(foregroundDeletion) ? 'Foreground' : 'Background';
}

/** Terminating, and kept by this finalizer of the garbage collector's. */
function waitsFor({ metadata }: Stored, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}
