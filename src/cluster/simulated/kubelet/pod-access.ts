/**
 * What a Pod's own call to the API server is answered: first whether its token is still good, then whether its account
 * has the right.
 *
 * A projected token is bound to the Pod and its ServiceAccount and refused 60 s after the deletionTimestamp of either
 * (a Pod's timestamp includes its grace), and at once when either is really gone (`pkg/serviceaccount/claims.go`). The
 * server's 10 s memory of tokens that it found good is left out: it only helps Pods that called moments before.
 */

import { keyOf } from '../api/kind.ts';
import type { Store, Stored } from '../api/store.ts';
import { serviceAccount } from '../api/user.ts';
import type { Environment } from '../controllers/environment.ts';

const leewayMs = 60_000;

/**
 * The refusal of one call, or undefined when it succeeds.
 * @param accountUid the ServiceAccount that the Pod got its token for.
 * @param need `verb resource[.group] [namespace]`; with a namespace of `*` or none, at cluster scope.
 */
export function callRefused(
  env: Environment,
  pod: Stored,
  accountName: string,
  accountUid: string | undefined,
  need: string,
): string | undefined {
  const { namespace = '' } = pod.metadata;
  const now = env.clock.now();
  const bad = tokenRefused(env.server.store, pod, accountName, accountUid, now);
  if (bad !== undefined) return `Unauthorized: ${bad}`;
  const [verb = '', target = '', place] = need.split(/\s+/);
  const dot = target.indexOf('.');
  const resource = dot < 0 ? target : target.slice(0, dot);
  const group = dot < 0 ? '' : target.slice(dot + 1);
  const at = place === undefined || place === '*' ? {} : { namespace: place };
  const user = serviceAccount(namespace, accountName);
  if (env.server.authorizer.allows(user, { verb, group, resource, ...at })) return undefined;
  const scope = at.namespace === undefined ? 'at the cluster scope' : `in the namespace "${at.namespace}"`;
  return `${keyOf(resource, group)} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`;
}

function tokenRefused(
  store: Store,
  pod: Stored,
  accountName: string,
  accountUid: string | undefined,
  now: number,
): string | undefined {
  const account = store.get('serviceaccounts', pod.metadata.namespace, accountName);
  const present = store.byUid(pod.metadata.uid)?.object;
  if (account === undefined) return `serviceaccount "${accountName}" not found`;
  if (accountUid !== undefined && account.metadata.uid !== accountUid)
    return `the UID of serviceaccount "${accountName}" has changed`;
  if (present === undefined) return `pod "${pod.metadata.name}" not found`;
  for (const [object, what] of [
    [account, `serviceaccount "${accountName}"`],
    [present, `pod "${pod.metadata.name}"`],
  ] as const) {
    const { deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined && Date.parse(deletionTimestamp) + leewayMs < now) return `${what} has been deleted`;
  }
  return undefined;
}
