/** Roles and bindings for tests and benchmarks. */
import type { KubernetesObject } from '../../src/objects/object.ts';

export const rbac = 'rbac.authorization.k8s.io';

type Metadata = KubernetesObject['metadata'];
type RoleKind = 'Role' | 'ClusterRole';
type Subject = { kind: string; name: string; namespace?: string; apiGroup?: string };

export const accountOf = (name: string, namespace: string): Subject => ({ kind: 'ServiceAccount', name, namespace });
export const userOf = (name: string): Subject => ({ apiGroup: rbac, kind: 'User', name });
export const groupOf = (name: string): Subject => ({ apiGroup: rbac, kind: 'Group', name });

/** A role and its binding, which have the same metadata. */
export function granted(kind: RoleKind, metadata: Metadata, rules: object[], subject: Subject): KubernetesObject[] {
  return [{ apiVersion: `${rbac}/v1`, kind, metadata, rules }, bound(`${kind}Binding`, metadata, kind, metadata.name, subject)];
}

export function bound(
  kind: `${RoleKind}Binding`,
  metadata: Metadata,
  roleKind: RoleKind,
  role: string,
  subject: Subject,
): KubernetesObject {
  const roleRef = { apiGroup: rbac, kind: roleKind, name: role };
  return { apiVersion: `${rbac}/v1`, kind, metadata, roleRef, subjects: [subject] };
}
