/** ServiceAccounts as the API server sees whoever makes a request: a user name and three groups. */

export type Account = { namespace: string; name: string };

/** The user name that a ServiceAccount has (`pkg/serviceaccount/util.go`). */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${userPrefix}${namespace}:${name}`;
}

/** The account behind a user name, or undefined when it is no account's. */
export function accountOfUser(user: string): Account | undefined {
  if (!user.startsWith(userPrefix)) return undefined;
  const [namespace, name, ...rest] = user.slice(userPrefix.length).split(':');
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

/** The groups that every account of the namespace is in. */
export function serviceAccountGroups(namespace: string): string[] {
  return [allAccounts, `${groupPrefix}${namespace}`, everybody];
}

/**
 * The accounts in a group: those of one namespace, or all of them. Undefined when it is no group that accounts are in
 * by themselves.
 */
export function accountsOfGroup(group: string): { namespace?: string } | undefined {
  if (group === allAccounts || group === everybody) return {};
  return group.startsWith(groupPrefix) ? { namespace: group.slice(groupPrefix.length) } : undefined;
}

const userPrefix = 'system:serviceaccount:';
const allAccounts = 'system:serviceaccounts';
const groupPrefix = 'system:serviceaccounts:';
const everybody = 'system:authenticated';
