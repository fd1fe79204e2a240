/**
 * The order of kinds in which Helm deletes (`pkg/releaseutil/kind_sorter.go` in version 3,
 * `pkg/release/v1/util/kind_sorter.go` in 4), and in which it makes hooks.
 */
import type { KubernetesObject } from '../objects/object.ts';

/**
 * Sorted as Helm deletes: known kinds in their order, unknown ones after them in the byte order of their kinds; of one
 * kind as they stand in the manifest.
 */
export function inUninstallOrder<T extends { object: KubernetesObject }>(given: readonly T[], version: 3 | 4): T[] {
  return sortedBy(given, version === 4 ? helm4Ranks : helm3Ranks);
}

/** Sorted as Helm stores the hooks of a release. */
export function inInstallOrder<T extends { object: KubernetesObject }>(given: readonly T[]): T[] {
  return sortedBy(given, installRanks);
}

/** Only the kind's name counts, whatever the group: a custom resource of kind Job has the place of a Job. */
function sortedBy<T extends { object: KubernetesObject }>(given: readonly T[], ranks: ReadonlyMap<string, number>): T[] {
  return [...given].sort(({ object: one }, { object: other }) => {
    const first = ranks.get(one.kind);
    const second = ranks.get(other.kind);
    if (first === undefined && second === undefined) return one.kind < other.kind ? -1 : one.kind > other.kind ? 1 : 0;
    return (first ?? Number.MAX_SAFE_INTEGER) - (second ?? Number.MAX_SAFE_INTEGER);
  });
}

const uninstall = [
  'APIService',
  'Ingress',
  'IngressClass',
  'Service',
  'CronJob',
  'Job',
  'StatefulSet',
  'HorizontalPodAutoscaler',
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
  'DaemonSet',
  'RoleBindingList',
  'RoleBinding',
  'RoleList',
  'Role',
  'ClusterRoleBindingList',
  'ClusterRoleBinding',
  'ClusterRoleList',
  'ClusterRole',
  'CustomResourceDefinition',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'StorageClass',
  'ConfigMap',
  'SecretList',
  'Secret',
  'ServiceAccount',
  'PodDisruptionBudget',
  'PodSecurityPolicy',
  'LimitRange',
  'ResourceQuota',
  'NetworkPolicy',
  'Namespace',
  'PriorityClass',
];

const install = [
  'PriorityClass',
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

const ranksOf = (kinds: readonly string[]) => new Map(kinds.map((kind, index) => [kind, index]));
const helm3Ranks = ranksOf(uninstall);
const helm4Ranks = ranksOf(['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', ...uninstall]);
const installRanks = ranksOf(install);
