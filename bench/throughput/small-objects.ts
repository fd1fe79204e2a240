/**
 * The objects that every contender installs and removes: small ones without finalizers, which no controller watches.
 */
import type { KubernetesObject } from '../../src/objects/object.ts';
import { granted, userOf } from '../../tools/lab/access.ts';
import { namespace } from '../stage.ts';

/** What all of them have in common, and nothing else in the cluster. */
export const ourLabel = 'bench.bookend.dev/set=small';

export const smallKinds = [
  { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', resource: 'roles' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', resource: 'rolebindings' },
] as const;

/** ConfigMaps, Roles and RoleBindings, as many of each; `count` is a multiple of three. */
export function smallObjects(count: number): KubernetesObject[] {
  const [key = '', value = ''] = ourLabel.split('=');
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  return Array.from({ length: count / smallKinds.length }, (_, index) => {
    const metadata = { name: `bench-${index}`, namespace, labels: { [key]: value } };
    return [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { index: String(index) } },
      ...granted('Role', metadata, rules, userOf(metadata.name)),
    ];
  }).flat();
}
