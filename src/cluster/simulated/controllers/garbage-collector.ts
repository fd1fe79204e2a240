/**
 * The garbage collector (`pkg/controller/garbagecollector`): what has lost its owners goes, an owner that is deleted in the foreground waits for the
 * dependents that block it, one that is deleted with orphans lets go of them first. Its finalizer removals are updates and pass through admission.
 */

import { groupOf, refOf } from '../../../objects/identity.ts';
import type { OwnerReference } from '../../../objects/object.ts';
import { foregroundDeletion, orphan } from '../api/deletion.ts';
import type { Kind } from '../api/kind.ts';
import type { Change, Stored } from '../api/store.ts';
import { controllerNamed } from '../api/user.ts';
import { type Environment, workQueue } from './environment.ts';

const by = { user: controllerNamed('generic-garbage-collector') };

const circleRetryMs = 50;

export function garbageCollector(env: Environment): void {
  const { store } = env.server;
  /** UID and namespace of owners that were seen to go: known to be gone even when their kind is no longer served (`absentOwnerCache`). */
  const absent = new Map<string, string | undefined>();
  const collect = workQueue(env, (uid) => {
    const entry = store.byUid(uid);
    if (entry) attemptToDelete(entry.kind, entry.object);
  });
  const letGo = workQueue(env, (uid) => {
    const entry = store.byUid(uid);
    if (entry && waitsFor(entry.object, orphan)) orphanDependents(entry.kind, entry.object);
  });

  env.onAny(({ type, object, old }: Change) => {
    const { uid, ownerReferences, deletionTimestamp } = object.metadata;
    if (type === 'deleted') {
      const dependents = store.dependentsOf(uid);
      if (dependents.length > 0) absent.set(uid, object.metadata.namespace);
      for (const dependent of dependents) collect(dependent.object.metadata.uid);
    } else {
      if (ownerReferences?.length && ownerReferences !== old?.metadata.ownerReferences) collect(uid);
      if (deletionTimestamp !== undefined && object.metadata.finalizers) {
        if (waitsFor(object, orphan)) letGo(uid);
        if (waitsFor(object, foregroundDeletion)) {
          if (old === undefined || !waitsFor(old, foregroundDeletion)) {
            for (const dependent of store.dependentsOf(uid)) collect(dependent.object.metadata.uid);
          }
          collect(uid);
        }
      }
    }
    // An owner that waits in the foreground looks again whenever one of its dependents changes, comes or goes.
    for (const references of [ownerReferences, old?.metadata.ownerReferences]) {
      for (const { uid: ownerUid } of references ?? []) {
        const owner = store.byUid(ownerUid);
        if (owner && waitsFor(owner.object, foregroundDeletion)) collect(ownerUid);
      }
      if (ownerReferences === old?.metadata.ownerReferences) break;
    }
  });

  function attemptToDelete(kind: Kind, object: Stored): void {
    if (waitsFor(object, foregroundDeletion)) processDeletingDependents(kind, object);
    if (object.metadata.deletionTimestamp !== undefined) return;
    const references = object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const standing = references.map((reference) => ({ reference, state: stateOf(object, reference) }));
    const of = (...states: string[]) => standing.filter(({ state }) => states.includes(state)).map(({ reference }) => reference);
    // What cannot be judged (a cluster-scoped object that names a namespaced owner) is never collected.
    if (of('solid', 'unknown').length > 0) {
      if (of('dangling', 'waiting').length > 0) keepOwners(kind, object, of('solid', 'unknown'));
      return;
    }
    const dependents = store.dependentsOf(object.metadata.uid);
    if (of('waiting').length > 0 && dependents.length > 0) {
      // A circle of objects that wait for each other: this one stops blocking its owners. Its own deletion then meets a conflict with that change and is tried again later, when
      // the owner has gone.
      if (
        references.some(({ blockOwnerDeletion }) => blockOwnerDeletion) &&
        dependents.some((each) => waitsFor(each.object, foregroundDeletion))
      ) {
        keepOwners(
          kind,
          object,
          references.map((reference) => ({ ...reference, blockOwnerDeletion: false })),
        );
        collect(object.metadata.uid, circleRetryMs);
        return;
      }
      remove(preferred(kind), object, 'Foreground');
    } else {
      const { finalizers = [] } = object.metadata;
      remove(
        preferred(kind),
        object,
        finalizers.includes(orphan) ? 'Orphan' : finalizers.includes(foregroundDeletion) ? 'Foreground' : 'Background',
      );
    }
  }

  function processDeletingDependents(kind: Kind, owner: Stored): void {
    const { uid } = owner.metadata;
    const blocking = store
      .dependentsOf(uid)
      .filter(({ object }) => object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion === true));
    if (blocking.length === 0) withoutFinalizer(kind, owner, foregroundDeletion);
    for (const { object } of blocking)
      if (!waitsFor(object, foregroundDeletion) && object.metadata.deletionTimestamp === undefined) collect(object.metadata.uid);
  }

  function orphanDependents(kind: Kind, owner: Stored): void {
    for (const dependent of store.dependentsOf(owner.metadata.uid)) {
      const others = dependent.object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid) ?? [];
      keepOwners(dependent.kind, dependent.object, others);
    }
    withoutFinalizer(kind, owner, orphan);
  }

  function stateOf({ metadata }: Stored, reference: OwnerReference): 'solid' | 'waiting' | 'dangling' | 'unknown' {
    if (absent.has(reference.uid) && [undefined, metadata.namespace].includes(absent.get(reference.uid))) return 'dangling';
    const kind =
      env.server.kinds.find(reference.apiVersion, reference.kind) ??
      env.server.kinds.inGroup(groupOf(reference.apiVersion), reference.kind);
    if (kind === undefined) return 'unknown';
    if (kind.namespaced && metadata.namespace === undefined) return 'unknown';
    // An owner that cannot be asked for is asked for again later; until then nothing is concluded.
    env.server.refuseUnreachable(kind);
    const owner = store.get(kind.key, kind.namespaced ? metadata.namespace : undefined, reference.name);
    if (owner === undefined || owner.metadata.uid !== reference.uid) return 'dangling';
    return waitsFor(owner, foregroundDeletion) ? 'waiting' : 'solid';
  }

  function preferred(kind: Kind): Kind {
    return env.server.kinds.byKey(kind.key) ?? kind;
  }

  function keepOwners(kind: Kind, object: Stored, ownerReferences: OwnerReference[]): void {
    const { ownerReferences: _, ...metadata } = object.metadata;
    const kept = ownerReferences.length > 0 ? { ...metadata, ownerReferences } : metadata;
    env.server.update(kind, object, { ...object, metadata: kept }, by);
  }

  function withoutFinalizer(kind: Kind, object: Stored, finalizer: string): void {
    const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    env.server.update(kind, object, { ...object, metadata: { ...object.metadata, finalizers } }, by);
  }

  function remove(kind: Kind, object: Stored, propagation: 'Foreground' | 'Background' | 'Orphan'): void {
    // It knows objects by their preferred version, and a conversion that fails stops it.
    const ref = { ...refOf(object), apiVersion: kind.apiVersion };
    env.server.delete(ref, { propagation, uid: object.metadata.uid }, by.user);
  }
}

/** Terminating, and kept by this finalizer of the garbage collector's. */
function waitsFor({ metadata }: Stored, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}
