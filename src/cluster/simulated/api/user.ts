/** Who makes a request, as the API server sees it once it has authenticated and, where asked to, impersonated. */
import { accountOfUser, serviceAccountGroups, serviceAccountUser } from '../../../objects/service-accounts.ts';
import type { Impersonation } from '../../port.ts';

export type User = {
  name: string;
  groups: readonly string[];
  uid?: string;
  /**
   * Which of the cluster's own controllers it is, by the name of its account: `namespace-controller`,
   * `generic-garbage-collector`.
   */
  controller?: string;
  /** Its name in the eyes of webhooks and policies, where that is another. */
  inRequests?: string;
};

/** May do everything: the simulated cluster's own kubeconfig. */
export const admin: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** The controllers and the kubelet. They have roles of their own on a real cluster; here they may do everything. */
export const controllerManager: User = {
  name: 'system:kube-controller-manager',
  groups: ['system:masters', 'system:authenticated'],
};

/** One of the controllers, told apart in what is written down, and in the eyes of webhooks and policies. */
export function controllerNamed(controller: string): User {
  return { ...controllerManager, controller, inRequests: serviceAccountUser('kube-system', controller) };
}

/** The kubelet of a node. */
export function kubeletOn(node: string): User {
  return { ...controllerManager, controller: 'kubelet', inRequests: `system:node:${node}` };
}

/**
 * The name that webhooks and policies see: on a real cluster each controller has an account of its own
 * (`--use-service-account-credentials`).
 */
export function nameInRequests({ name, inRequests }: User): string {
  return inRequests ?? name;
}

/** The user that a ServiceAccount's token stands for. */
export function serviceAccount(namespace: string, name: string): User {
  return { name: serviceAccountUser(namespace, name), groups: serviceAccountGroups(namespace) };
}

/**
 * The user that an impersonating request is made as (apiserver `impersonation.go`): an account without named groups
 * gets an account's own, and everybody but the anonymous user is authenticated.
 */
export function impersonated({ user, groups, uid }: Impersonation): User {
  const account = accountOfUser(user);
  const named = groups?.length ? groups : account ? serviceAccountGroups(account.namespace) : [];
  const everyone = user === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return { name: user, groups: named.includes(everyone) ? named : [...named, everyone], ...(uid !== undefined && { uid }) };
}
