/**
 * A binding is needed by every Pod that runs as one of its subjects: once it is gone their API calls answer 403, which
 * is how most preStop hooks fail. Terminating RBAC objects still grant access, deleted ones do not, at once.
 *
 * Subjects name an account as `ServiceAccount`, as `User` by its user name, or as `Group`: all accounts, those of a
 * namespace, everybody.
 */
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { rbacGroup, subjectsIn } from '../../objects/rbac.ts';
import type { Account } from '../../objects/service-accounts.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';

export const roleBinding: EdgeRule = {
  name: 'role-binding',
  why: 'Without the binding, API calls of its Pods fail with 403, including those of preStop hooks.',
  find: (world) => bindingsOf(world).flatMap((binding) => subjectsOf(binding, world).flatMap((subject) => edgesOf(subject))),
};

/** All RoleBindings and ClusterRoleBindings. */
export function bindingsOf(world: World): KubernetesObject[] {
  return ['RoleBinding', 'ClusterRoleBinding'].flatMap((kind) => world.ofKind(rbacGroup, kind));
}

export type BoundSubject = {
  binding: ObjectId;
  field: string;
  value: string;
  /** A group, which many have in common. */
  group: boolean;
  workloads: readonly Workload[];
};

/** The subjects of a binding with the workloads that run as each of them. */
export function subjectsOf(binding: KubernetesObject, world: World): BoundSubject[] {
  const id = world.idOf(binding);
  return subjectsIn(binding).map(({ field, name, isGroup, accounts }) => ({
    binding: id,
    field,
    value: name,
    group: isGroup,
    workloads: accounts === undefined ? [] : workloadsOf(accounts, world),
  }));
}

function workloadsOf({ namespace, name }: Partial<Account>, world: World): readonly Workload[] {
  if (namespace === undefined) return world.workloads;
  return name === undefined ? world.workloadsInNamespace(namespace) : world.workloadsOfAccount(namespace, name);
}

function edgesOf({ binding, field, value, workloads }: BoundSubject): Edge[] {
  const named = { object: binding, field, value };
  return workloads.map(({ id, serviceAccount, serviceAccountPath }) => ({
    from: id,
    to: binding,
    rule: 'role-binding',
    evidence: [{ object: id, field: serviceAccountPath, value: serviceAccount }, named],
  }));
}
