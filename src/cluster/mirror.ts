/**
 * What a watch told, kept and indexed: the state that controllers act on. The answers come from memory and may be
 * stale, but for one object they never run backwards, whatever order reconnections deliver things in.
 *
 * Relies on resourceVersions of one kind being comparable as numbers (promised by Kubernetes since 1.35, true long
 * before).
 */
import { BookendError } from '../errors.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Cluster, Query, Watch } from './port.ts';
import { isOlder } from './resource-version.ts';

/** One object came, changed (`object` and `previous`) or went (no `object`). */
export type MirrorChange = { id: ObjectId; object?: KubernetesObject; previous?: KubernetesObject };

export type MirrorOptions = {
  /**
   * What to keep of each object as it arrives, to save memory: `dropManagedFields`, for example; undefined: nothing of
   * it. Must keep name, namespace, uid, resourceVersion and ownerReferences, and decide by the object's identity alone
   * whether it keeps anything.
   */
  prune?: (object: KubernetesObject) => KubernetesObject | undefined;
  /**
   * The watch is broken and is being mended; undefined when it works again. The mirror goes on answering with what it
   * knew.
   */
  onTrouble?: (error: Error | undefined) => void;
};

export class Mirror {
  /** True once the first whole state has arrived; it never becomes false again. */
  synced = false;
  /** Why the mirror is falling behind at present, or undefined. */
  trouble: Error | undefined;

  readonly #query: Query;
  readonly #objects = new Map<ObjectId, KubernetesObject>();
  readonly #idByUid = new Map<string, ObjectId>();
  readonly #idsByOwner = new Map<string, Set<ObjectId>>();
  readonly #callbacks = new Set<(change: MirrorChange) => void>();
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #watch: Watch;
  #closed = false;

  /** Begins to watch at once. */
  constructor(cluster: Cluster, query: Query, { prune, onTrouble }: MirrorOptions = {}) {
    this.#query = query;
    this.#watch = cluster.watch(prune ? { ...query, keep: prune } : query, {
      replace: (objects) => this.#replace(objects),
      changed: (object) => this.#keep(object),
      removed: (object) => this.#removed(object),
      trouble: (error) => {
        this.trouble = error;
        onTrouble?.(error);
      },
    });
  }

  get(id: ObjectId): KubernetesObject | undefined {
    return this.#objects.get(id);
  }

  all(): KubernetesObject[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  byUid(uid: string): KubernetesObject | undefined {
    const id = this.#idByUid.get(uid);
    return id && this.#objects.get(id);
  }

  /** The objects here that name `uid` in their ownerReferences. */
  byOwner(uid: string): readonly KubernetesObject[] {
    const ids = this.#idsByOwner.get(uid);
    if (ids === undefined) return none;
    const found: KubernetesObject[] = [];
    for (const id of ids) {
      const object = this.#objects.get(id);
      if (object) found.push(object);
    }
    return found;
  }

  /**
   * Has `callback` called after each change of an object, once for every object that differs after a whole new state.
   * @returns a function that ends it.
   */
  onChange(callback: (change: MirrorChange) => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /** Resolves when the first whole state has arrived; rejects when the mirror is closed before. */
  whenSynced(): Promise<void> {
    if (this.synced) return Promise.resolve();
    if (this.#closed) return Promise.reject(this.#closedTooEarly());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Ends the watch. What is known stays readable. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closedTooEarly());
  }

  #replace(objects: KubernetesObject[]): void {
    const present = new Set<ObjectId>();
    for (const object of objects) present.add(this.#keep(object));
    for (const id of [...this.#objects.keys()]) if (!present.has(id)) this.#drop(id);
    this.synced = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #keep(object: KubernetesObject): ObjectId {
    const id = idOf(object);
    const previous = this.#objects.get(id);
    if (previous && !isNewer(object, previous)) return id;
    if (previous) this.#unindex(id, previous);
    this.#objects.set(id, object);
    this.#index(id, object);
    this.#tell(previous ? { id, object, previous } : { id, object });
    return id;
  }

  #removed(last: KubernetesObject): void {
    const id = idOf(last);
    // A late word about an earlier object of the same name must not take away the present one.
    if (this.#objects.get(id)?.metadata.uid === last.metadata.uid) this.#drop(id);
  }

  #drop(id: ObjectId): void {
    const previous = this.#objects.get(id);
    if (!previous) return;
    this.#objects.delete(id);
    this.#unindex(id, previous);
    this.#tell({ id, previous });
  }

  #index(id: ObjectId, { metadata }: KubernetesObject): void {
    if (metadata.uid) this.#idByUid.set(metadata.uid, id);
    for (const { uid } of metadata.ownerReferences ?? []) {
      const children = this.#idsByOwner.get(uid);
      if (children) children.add(id);
      else this.#idsByOwner.set(uid, new Set([id]));
    }
  }

  #unindex(id: ObjectId, { metadata }: KubernetesObject): void {
    if (metadata.uid) this.#idByUid.delete(metadata.uid);
    for (const { uid } of metadata.ownerReferences ?? []) {
      const children = this.#idsByOwner.get(uid);
      children?.delete(id);
      if (children?.size === 0) this.#idsByOwner.delete(uid);
    }
  }

  #tell(change: MirrorChange): void {
    for (const callback of [...this.#callbacks]) callback(change);
  }

  #closedTooEarly(): BookendError {
    const { apiVersion, kind } = this.#query;
    return new BookendError('unreachable', `The watch of ${kind} (${apiVersion}) was closed before its first state arrived`, {
      ...(this.trouble && { cause: this.trouble }),
    });
  }
}

const none: readonly never[] = [];

/** Keeps everything but `metadata.managedFields`, which is often half of an object and read by nobody here. */
export function dropManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isNewer(arrived: KubernetesObject, held: KubernetesObject): boolean {
  const [next, last] = [arrived.metadata.resourceVersion, held.metadata.resourceVersion];
  if (next === last) return arrived.metadata.uid !== held.metadata.uid;
  if (!isNumber(next) || !isNumber(last)) return true;
  return isOlder(held, arrived);
}

function isNumber(version: string | undefined): version is string {
  return version !== undefined && /^[0-9]+$/.test(version);
}
