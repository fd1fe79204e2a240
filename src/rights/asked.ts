/**
 * A cluster that records its requests. The permissions that code needs are its requests, so the printed permissions
 * stay correct when the code changes.
 */
import type { Cluster, Query } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';

/** When something was asked. */
export type Phase = 'install' | 'keep' | 'teardown';

/** One request, as RBAC sees it. */
export type Asked = {
  verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  apiVersion: string;
  kind: string;
  /** Absent: of a cluster-scoped kind, or in all namespaces. */
  namespace?: string;
  /** Absent where RBAC sees no name: list, watch and create. */
  name?: string;
  subresource?: string;
  /** A list or watch that was narrowed by labels: it looks for what we made ourselves. */
  byLabel?: boolean;
};

/** Told of each request. */
export type Listener = {
  asked(asked: Asked): void;
  /** The API server refused it as forbidden. */
  refused?(asked: Asked): void;
};

/**
 * The same cluster.
 * @param user whose requests are told; absent: those of the connection itself
 */
export function recording(cluster: Cluster, listener: Listener, user?: string): Cluster {
  return record(cluster, listener, user, undefined);
}

function record(cluster: Cluster, listener: Listener, wanted: string | undefined, user: string | undefined): Cluster {
  const isTold = user === wanted;
  const refused = (asked: Asked, error: unknown) => {
    if (isTold && isCode(error, 'forbidden')) listener.refused?.(asked);
  };
  const told = <T>(asked: Asked, work: () => Promise<T>): Promise<T> => {
    if (isTold) listener.asked(asked);
    return work().catch((error: unknown) => {
      refused(asked, error);
      throw error;
    });
  };
  return {
    name: cluster.name,
    version: () => cluster.version(),
    kind: (apiVersion, kind) => cluster.kind(apiVersion, kind),
    kinds: () => cluster.kinds(),
    get: (ref, options) => told(named('get', ref), () => cluster.get(ref, options)),
    list: (query) => told(unnamed('list', query), () => cluster.list(query)),
    // A watch begins with a list, and again after every break.
    watch: (query, watcher) => {
      const asked = unnamed('watch', query);
      if (isTold) for (const verb of ['list', 'watch'] as const) listener.asked({ ...asked, verb });
      return cluster.watch(query, {
        ...watcher,
        replace: (objects) => watcher.replace(objects),
        changed: (object) => watcher.changed(object),
        removed: (object) => watcher.removed(object),
        trouble: (error) => {
          refused(asked, error);
          watcher.trouble?.(error);
        },
      });
    },
    create: (object, options) => told(created(object), () => cluster.create(object, options)),
    // The API server asks for `patch`, and for `create` too where the object does not exist.
    apply: async (object, options) => {
      const answer = await told(named('patch', refOf(object)), () => cluster.apply(object, options));
      if (answer.created && isTold) listener.asked(created(object));
      return answer;
    },
    patch: (ref, patch, options) => told(named('patch', ref, options?.subresource), () => cluster.patch(ref, patch, options)),
    delete: (ref, options) => told(named('delete', ref), () => cluster.delete(ref, options)),
    as: (identity) => record(cluster.as(identity), listener, wanted, identity.user),
    close: () => cluster.close(),
  };
}

function named(verb: Asked['verb'], ref: ObjectRef, subresource?: string): Asked {
  return { verb, ...placeOf(ref), name: ref.name, ...(subresource !== undefined && { subresource }) };
}

function unnamed(verb: Asked['verb'], query: Query): Asked {
  return { verb, ...placeOf(query), ...(query.labelSelector !== undefined && { byLabel: true }) };
}

function created(object: KubernetesObject): Asked {
  return { verb: 'create', ...placeOf(refOf(object)) };
}

function placeOf({ apiVersion, kind, namespace }: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace'>) {
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }) };
}
