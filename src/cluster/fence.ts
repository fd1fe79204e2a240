/**
 * No write of a replica that may not lead any more. A process that was frozen learns last that its lease is over: its
 * timers and answers come first. The lease's own clock goes on meanwhile, so a look at it before each write is enough.
 * What was on its way already names a UID, or the resourceVersion that it is about.
 */

import { BookendError } from '../errors.ts';
import type { Cluster } from './port.ts';

/** The same cluster; its writes fail with `conflict` while `mayAct` is false. */
export function fenced(cluster: Cluster, mayAct: () => boolean): Cluster {
  const guarded = async <T>(write: () => Promise<T>): Promise<T> => {
    if (!mayAct()) throw new BookendError('conflict', 'this replica does not lead any more, so it writes nothing');
    return await write();
  };
  return {
    name: cluster.name,
    version: () => cluster.version(),
    kind: (apiVersion, kind) => cluster.kind(apiVersion, kind),
    kinds: () => cluster.kinds(),
    get: (ref, options) => cluster.get(ref, options),
    list: (query) => cluster.list(query),
    watch: (query, listener) => cluster.watch(query, listener),
    create: (object, options) => guarded(() => cluster.create(object, options)),
    apply: (object, options) => guarded(() => cluster.apply(object, options)),
    patch: (ref, patch, options) => guarded(() => cluster.patch(ref, patch, options)),
    delete: (ref, options) => guarded(() => cluster.delete(ref, options)),
    as: (identity) => fenced(cluster.as(identity), mayAct),
    close: () => cluster.close(),
  };
}
