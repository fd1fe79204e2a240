/**
 * A binding is needed by every Pod that runs as one of its subjects: once it is gone their API calls answer 403, which is how most
 * preStop hooks fail. Terminating RBAC objects still grant access, deleted ones do not, at once.
 *
 * Subjects name an account as `ServiceAccount`, as `User` by its user name, or as `Group`: all accounts, those of a namespace, everybody.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';

export const roleBinding: EdgeRule = {
  name: 'role-binding',
  why: 'Without the binding the API calls of its Pods, preStop hooks included, are answered 403.',
  find: (world) => bindingsOf(world).flatMap((binding) => subjectsOf(binding, world).flatMap((subject) => edgesOf(subject))),
};

/** All RoleBindings and ClusterRoleBindings. */
export function bindingsOf(world: World): KubernetesObject[] {
  return ['RoleBinding', 'ClusterRoleBinding'].flatMap((kind) => world.ofKind('rbac.authorization.k8s.io', kind));
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
  return listOf(binding.subjects).flatMap((subject, index) => {
    const name = textOf(fieldAt(subject, 'name'));
    if (name === undefined) return [];
    const namespace = textOf(fieldAt(subject, 'namespace')) ?? binding.metadata.namespace ?? '';
    const kind = textOf(fieldAt(subject, 'kind'));
    const workloads = workloadsOf(kind, namespace, name, world);
    return [{ binding: id, field: `subjects[${index}].name`, value: name, group: kind === 'Group', workloads }];
  });
}

function workloadsOf(kind: string | undefined, namespace: string, name: string, world: World): readonly Workload[] {
  if (kind === 'ServiceAccount') return world.workloadsOfAccount(namespace, name);
  if (kind === 'User') {
    const [, userNamespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
    return userNamespace && account ? world.workloadsOfAccount(userNamespace, account) : [];
  }
  if (kind !== 'Group') return [];
  if (name === 'system:serviceaccounts' || name === 'system:authenticated') return world.workloads;
  const prefix = 'system:serviceaccounts:';
  return name.startsWith(prefix) ? world.workloadsInNamespace(name.slice(prefix.length)) : [];
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
