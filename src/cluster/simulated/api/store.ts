/**
 * What etcd is to a real cluster: every object as it is now, one counter of revisions for all of them, and a call to
 * whoever listens after each change. Objects in it are never changed in place: a change puts a new object in the old
 * one's stead, so readers may keep what they hold.
 */
import type { KubernetesObject, ObjectMeta } from '../../../objects/object.ts';
import type { Kind } from './kind.ts';

/** An object as it is stored: with everything that the API server fills in. Never to be modified. */
export type Stored = KubernetesObject & {
  metadata: ObjectMeta & { uid: string; resourceVersion: string; creationTimestamp: string };
};

export type Change = {
  type: 'added' | 'modified' | 'deleted';
  kind: Kind;
  /** As it is now; of a deleted object its last state, at the revision of the deletion. */
  object: Stored;
  /** As it was before. */
  old?: Stored;
};

type Entry = { kind: Kind; object: Stored };

export class Store {
  readonly #tables = new Map<string, Map<string, Map<string, Stored>>>();
  readonly #byUid = new Map<string, Entry>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #listeners: ((change: Change) => void)[] = [];
  #revision = 1;

  get revision(): number {
    return this.#revision;
  }

  /**
   * Calls `listener` after every change, in the order of the changes. Listeners must not write: they note what is to be
   * done.
   */
  listen(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get(key: string, namespace: string | undefined, name: string): Stored | undefined {
    return this.#tables
      .get(key)
      ?.get(namespace ?? '')
      ?.get(name);
  }

  byUid(uid: string): Entry | undefined {
    return this.#byUid.get(uid);
  }

  /** All objects of a kind, of one namespace when it is given, in the order in which they were made. */
  all(key: string, namespace?: string): Stored[] {
    const table = this.#tables.get(key);
    if (table === undefined) return [];
    if (namespace !== undefined) return [...(table.get(namespace)?.values() ?? [])];
    return [...table.values()].flatMap((objects) => [...objects.values()]);
  }

  /** Whether there is none of a kind: what every request asks of policies and webhooks. */
  isEmpty(key: string): boolean {
    const table = this.#tables.get(key);
    if (table !== undefined) for (const objects of table.values()) if (objects.size > 0) return false;
    return true;
  }

  /** The objects that name this UID as an owner. */
  dependentsOf(uid: string): Entry[] {
    const entries: Entry[] = [];
    const dependents = this.#dependents.get(uid);
    if (dependents === undefined) return entries;
    for (const dependent of dependents) {
      const entry = this.#byUid.get(dependent);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Stores an object in place of whatever had its name, at a new revision. */
  put(kind: Kind, object: Stored): Stored {
    const { namespace = '', name, uid } = object.metadata;
    const objects = this.#objectsIn(kind.key, namespace);
    const old = objects.get(name);
    const stored = this.#atNewRevision(object);
    objects.set(name, stored);
    this.#byUid.set(uid, { kind, object: stored });
    if (old?.metadata.ownerReferences !== stored.metadata.ownerReferences) {
      if (old) this.#forgetOwners(old);
      for (const owner of stored.metadata.ownerReferences ?? []) {
        const known = this.#dependents.get(owner.uid);
        if (known) known.add(uid);
        else this.#dependents.set(owner.uid, new Set([uid]));
      }
    }
    this.#tell(old ? { type: 'modified', kind, object: stored, old } : { type: 'added', kind, object: stored });
    return stored;
  }

  /** Takes an object away, at a new revision. */
  remove(kind: Kind, object: Stored): Stored {
    const { namespace = '', name, uid } = object.metadata;
    this.#tables.get(kind.key)?.get(namespace)?.delete(name);
    this.#byUid.delete(uid);
    this.#forgetOwners(object);
    const last = this.#atNewRevision(object);
    this.#tell({ type: 'deleted', kind, object: last, old: object });
    return last;
  }

  #objectsIn(key: string, namespace: string): Map<string, Stored> {
    const table = this.#tables.get(key) ?? new Map<string, Map<string, Stored>>();
    this.#tables.set(key, table);
    const objects = table.get(namespace) ?? new Map<string, Stored>();
    table.set(namespace, objects);
    return objects;
  }

  #atNewRevision(object: Stored): Stored {
    this.#revision++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #forgetOwners(object: Stored): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      known?.delete(object.metadata.uid);
      if (known?.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
