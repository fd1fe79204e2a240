/**
 * A process and its connection to the cluster. It can be killed at any moment, as by SIGKILL: no call is answered any
 * more, no watch speaks, no timer of its clock fires, and what it had not written is never written.
 */

import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { accountOfUser } from '../../objects/service-accounts.ts';
import type { Clock } from '../clock.ts';
import type { Cluster, Impersonation, Query, Watch } from '../port.ts';
import { apiError } from './api/api-errors.ts';
import type { ApiServer } from './api/api-server.ts';
import { silentApis } from './api/gates/api-services.ts';
import { infoOf } from './api/kind.ts';
import type { Request, Requests } from './api/requests.ts';
import { impersonated, type User } from './api/user.ts';
import type { Watches } from './api/watches.ts';
import type { VirtualClock } from './clock.ts';
import { copy } from './json.ts';

export type Connection = {
  cluster: Cluster;
  /** The cluster's clock; its timers end with the process. */
  clock: Clock;
  /** Ends the process. */
  kill(): void;
  readonly killed: boolean;
};

type Parts = { server: ApiServer; clock: VirtualClock; watches: Watches; requests: Requests; version: string };

/** Opens a connection with a user's own credentials. */
export function connect(parts: Parts, user: User): Connection {
  const { clock } = parts;
  const watches = new Set<Watch>();
  const process = { killed: false, watches };
  return {
    cluster: clusterFor(parts, process, user, () => user),
    clock: {
      now: () => clock.now(),
      after: (ms, then) => (process.killed ? () => undefined : clock.after(ms, () => !process.killed && then())),
    },
    kill: () => {
      process.killed = true;
      for (const watch of watches) watch.close();
    },
    get killed() {
      return process.killed;
    },
  };
}

type Process = { killed: boolean; watches: Set<Watch> };

/** @param userOf the user that a request is made as now; throws when impersonation is refused. */
function clusterFor(parts: Parts, process: Process, credentials: User, userOf: () => User): Cluster {
  const { server, clock, watches, requests } = parts;

  const perform = <T>(
    request: Pick<Request, 'verb' | 'ref' | 'subresource'>,
    isWrite: boolean,
    work: (user: User) => T,
  ): Promise<T> => {
    if (process.killed) return never();
    try {
      const user = userOf();
      const answer = requests.perform({ ...request, at: clock.now(), user: user.name }, isWrite, () => work(user));
      return process.killed ? never() : Promise.resolve(answer);
    } catch (error) {
      return process.killed ? never() : Promise.reject(error);
    }
  };

  return {
    name: 'simulated',
    version: () => answered(process, () => parts.version),
    kind: (apiVersion, kind) =>
      answered(process, () => {
        const found = server.kinds.find(apiVersion, kind);
        return found && infoOf(found);
      }),
    kinds: () =>
      answered(process, () => {
        const missing = silentApis(server.store, server.backends).map(({ apiVersion }) => apiVersion);
        const kinds = server.kinds.listable().filter(({ apiVersion }) => !missing.includes(apiVersion));
        return { kinds: kinds.map(infoOf), missing };
      }),
    get: (ref, { metadataOnly = false } = {}) =>
      perform({ verb: 'get', ref }, false, (user) => {
        const found = server.get(ref, user);
        return copy(found && metadataOnly ? metadataOf(found) : found);
      }),
    list: (query) =>
      perform({ verb: 'list', ref: placeOf(query) }, false, (user) => {
        const found = server.list(query, user);
        const { keep, limit = found.length } = query;
        const read = found.slice(0, limit);
        const shown: KubernetesObject[] = query.metadataOnly ? read.map(metadataOf) : read;
        const count = found.length - read.length;
        return {
          // Only what is kept is copied: of most objects that is little.
          items: copy(keep ? shown.flatMap((item) => keep(item) ?? []) : shown),
          resourceVersion: String(server.store.revision),
          ...(count > 0 && { more: query.labelSelector || query.fieldSelector ? {} : { count } }),
        };
      }),
    watch: (query, listener) => {
      if (process.killed) return { close: () => undefined };
      requests.perform({ verb: 'watch', ref: placeOf(query), at: clock.now(), user: credentials.name }, false, () => undefined);
      const watch = watches.watch(query, userOf, listener);
      process.watches.add(watch);
      return {
        close: () => {
          process.watches.delete(watch);
          watch.close();
        },
      };
    },
    create: (object, options = {}) => {
      const isWrite = !options.dryRun && !server.kinds.find(object.apiVersion, object.kind)?.virtual;
      return perform({ verb: 'create', ref: refTo(object) }, isWrite, (user) =>
        copy(server.create(object, { user, manager: options.fieldManager ?? 'unknown', dryRun: options.dryRun ?? false })),
      );
    },
    apply: (object, { fieldManager, dryRun = false, force = false }) =>
      perform({ verb: 'apply', ref: refTo(object) }, !dryRun, (user) =>
        copy(server.apply(object, { user, manager: fieldManager, dryRun }, force)),
      ),
    patch: (ref, patch, { fieldManager = 'unknown', dryRun = false, subresource, metadataOnly = false } = {}) =>
      perform({ verb: 'patch', ref, ...(subresource !== undefined && { subresource }) }, !dryRun, (user) => {
        const patched = server.patch(ref, patch, { user, manager: fieldManager, dryRun }, subresource);
        return copy(metadataOnly ? metadataOf(patched) : patched);
      }),
    delete: (ref, options = {}) => perform({ verb: 'delete', ref }, !options.dryRun, (user) => server.delete(ref, options, user)),
    as: (identity) => clusterFor(parts, process, credentials, () => impersonate(server, credentials, identity)),
    close: async () => {
      for (const watch of process.watches) watch.close();
      process.watches.clear();
    },
  };
}

/** The user to act as; throws `forbidden` unless whoever connected may impersonate that user and each named group. */
function impersonate(server: ApiServer, credentials: User, identity: Impersonation): User {
  const account = accountOfUser(identity.user);
  const asked = [
    account
      ? { resource: 'serviceaccounts', namespace: account.namespace, name: account.name }
      : { resource: 'users', name: identity.user },
    ...(identity.groups ?? []).map((name) => ({ resource: 'groups', name })),
  ];
  for (const target of asked) {
    if (server.authorizer.allows(credentials, { verb: 'impersonate', group: '', ...target })) continue;
    const scope = 'namespace' in target ? `in the namespace "${target.namespace}"` : 'at the cluster scope';
    throw apiError(
      'forbidden',
      `${target.resource} "${target.name}" is forbidden: User "${credentials.name}" cannot impersonate resource "${target.resource}" in API group "" ${scope}`,
      { status: 403, reason: 'Forbidden' },
    );
  }
  return impersonated(identity);
}

function answered<T>(process: Process, work: () => T): Promise<T> {
  return process.killed ? never() : Promise.resolve(work());
}

/** The answer to a process that is no more. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

function refTo({ apiVersion, kind, metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function placeOf({ apiVersion, kind, namespace }: Query): Request['ref'] {
  return { apiVersion, kind, ...(namespace !== undefined && { namespace }) };
}

function metadataOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata };
}
