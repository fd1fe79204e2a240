/**
 * A refusal names one right; who then grants that one meets the next. So every refusal for want of a right also names
 * the command that prints all of them, wherever it ends up: in a condition, a blocker or an event.
 */
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';

/** The same cluster, for the work on one ClusterOperator. */
export function advising(cluster: Cluster, clusterOperator: string): Cluster {
  const advised = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw withCommand(error, clusterOperator);
    });
  return {
    name: cluster.name,
    version: () => advised(cluster.version()),
    kind: (apiVersion, kind) => advised(cluster.kind(apiVersion, kind)),
    kinds: () => advised(cluster.kinds()),
    get: (ref, options) => advised(cluster.get(ref, options)),
    list: (query) => advised(cluster.list(query)),
    watch: (query, listener) =>
      cluster.watch(query, {
        replace: (objects) => listener.replace(objects),
        changed: (object) => listener.changed(object),
        removed: (object) => listener.removed(object),
        trouble: (error) => listener.trouble?.(error && withCommand(error, clusterOperator)),
      }),
    create: (object, options) => advised(cluster.create(object, options)),
    apply: (object, options) => advised(cluster.apply(object, options)),
    patch: (ref, patch, options) => advised(cluster.patch(ref, patch, options)),
    delete: (ref, options) => advised(cluster.delete(ref, options)),
    as: (identity) => advising(cluster.as(identity), clusterOperator),
    close: () => cluster.close(),
  };
}

function withCommand<E>(error: E, clusterOperator: string): E | BookendError {
  if (!isCode(error, 'forbidden') || !isForWantOfRight(error.message)) return error;
  const command = `bookend rights clusteroperators.bookend.dev/${clusterOperator}`;
  return new BookendError('forbidden', `${error.message}; "${command}" prints all the permissions that it needs`, {
    ...error.details,
    cause: error,
  });
}

/**
 * Quotas, Pod Security, policies and webhooks answer 403 too, and no right would help: only what authorizers and the
 * escalation checks of RBAC say.
 */
function isForWantOfRight(message: string): boolean {
  return / cannot \S+ resource "| is attempting to grant RBAC permissions | must have cluster-admin privileges | permission on /.test(
    message,
  );
}
