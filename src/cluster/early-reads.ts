/**
 * Lists and watches that begin before anybody asks for them. A current list takes up to 100 ms: since Kubernetes 1.31
 * the API server answers it from its cache, and waits until that has overtaken the last write of whatever kind. Where
 * it is known what will be read, these waits go on side by side.
 */
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { decorated } from './decorated.ts';
import { dropManagedFields } from './mirror.ts';
import type { Cluster, Listing, Query, Watch, WatchListener } from './port.ts';

/**
 * Nobody says yet which objects are worth keeping: what finds more of them is given up, and read when it is asked for.
 */
const mostHeld = 500;

export type EarlyReads = {
  /**
   * The same cluster. The first list and the first watch of each query get what has begun early, without managed
   * fields.
   */
  cluster: Cluster;
  /** Ends what nobody has asked for until now. */
  close(): void;
};

/** Begins at once. */
export function readEarly(cluster: Cluster, lists: readonly Query[], watches: readonly Query[]): EarlyReads {
  const listings = new Map(lists.map((query) => [keyOf(query), listEarly(cluster, query)]));
  const watched = new Map(watches.map((query) => [keyOf(query), new EarlyWatch(cluster, query)]));
  return {
    cluster: decorated(cluster, {
      list: async (query) => {
        const early = query.limit === undefined ? take(listings, keyOf(query)) : undefined;
        return early === undefined ? cluster.list(query) : kept(query, (await early) ?? (await cluster.list(query)));
      },
      watch: (query, listener) => {
        const early = take(watched, keyOf(query));
        if (early?.isUsable) return early.handTo(query, listener);
        early?.close();
        return cluster.watch(query, listener);
      },
    }),
    close() {
      listings.clear();
      for (const watch of watched.values()) watch.close();
      watched.clear();
    },
  };
}

function take<Value>(from: Map<string, Value>, key: string): Value | undefined {
  const value = from.get(key);
  from.delete(key);
  return value;
}

function keyOf({
  apiVersion,
  kind,
  namespace = '',
  labelSelector = '',
  fieldSelector = '',
  metadataOnly = false,
}: Query): string {
  return [apiVersion, kind, namespace, labelSelector, fieldSelector, metadataOnly].join(' ');
}

/** @returns undefined when it found too many */
function listEarly(cluster: Cluster, query: Query): Promise<Listing | undefined> {
  const most = new Bound();
  const listing = cluster
    .list({ ...query, keep: (object) => most.hold(object) })
    .then((found) => (most.isExceeded ? undefined : found));
  listing.catch(() => undefined); // Told to those who ask for it.
  return listing;
}

function kept({ keep }: Query, listing: Listing): Listing {
  return keep ? { ...listing, items: listing.items.flatMap((object) => keep(object) ?? []) } : listing;
}

/** Holds the state that a watch has told, until somebody listens. */
class EarlyWatch {
  readonly #cluster: Cluster;
  readonly #objects = new Map<ObjectId, KubernetesObject>();
  readonly #most = new Bound();
  #watch: Watch;
  #listener: WatchListener | undefined;
  #isSynced = false;
  #trouble: Error | undefined;

  constructor(cluster: Cluster, query: Query) {
    this.#cluster = cluster;
    this.#watch = cluster.watch(
      { ...query, keep: (object) => (this.#listener ? object : this.#most.hold(object)) },
      {
        replace: (objects) => {
          if (this.#listener) return this.#listener.replace(objects);
          this.#objects.clear();
          for (const object of objects) this.#objects.set(idOf(object), object);
          this.#isSynced = true;
        },
        changed: (object) => {
          if (this.#listener) this.#listener.changed(object);
          else this.#objects.set(idOf(object), object);
        },
        removed: (object) => {
          if (this.#listener) this.#listener.removed(object);
          else this.#objects.delete(idOf(object));
        },
        trouble: (error) => {
          if (this.#listener) this.#listener.trouble?.(error);
          else this.#trouble = error;
        },
      },
    );
  }

  get isUsable(): boolean {
    return !this.#most.isExceeded;
  }

  /** From now on the listener receives the events, but none before it has the watch. */
  handTo({ keep, ...query }: Query, listener: WatchListener): Watch {
    let isClosed = false;
    const only = keep ?? ((object: KubernetesObject) => object);
    const listening: WatchListener = {
      replace: (objects) => listener.replace(objects.flatMap((object) => only(object) ?? [])),
      changed: (object) => {
        const part = only(object);
        if (part) listener.changed(part);
      },
      removed: (object) => listener.removed(object),
      trouble: (error) => listener.trouble?.(error),
    };
    queueMicrotask(() => {
      if (isClosed) return;
      if (!this.isUsable) {
        // Its first state has come in between, and was too large.
        this.#watch.close();
        this.#watch = this.#cluster.watch(keep ? { ...query, keep } : query, listener);
        return;
      }
      this.#listener = listening;
      if (this.#trouble) listening.trouble?.(this.#trouble);
      if (this.#isSynced) listening.replace([...this.#objects.values()]);
      this.#objects.clear();
    });
    return {
      close: () => {
        isClosed = true;
        this.close();
      },
    };
  }

  close(): void {
    this.#watch.close();
  }
}

/** So many objects are held, without what nobody reads. */
class Bound {
  #count = 0;

  get isExceeded(): boolean {
    return this.#count > mostHeld;
  }

  hold(object: KubernetesObject): KubernetesObject | undefined {
    this.#count += 1;
    return this.isExceeded ? undefined : dropManagedFields(object);
  }
}
