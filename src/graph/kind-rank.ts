/**
 * Which kind goes first where no edge decides. Much like Helm's uninstall order, with what Helm gets wrong put right:
 * custom resources before everything, webhook configurations before what serves them, CustomResourceDefinitions, access
 * and accounts behind all workloads.
 */
import type { ObjectId } from '../objects/identity.ts';

/** A small number for kinds that go early. Kinds that are not built in go first of all. */
export function kindRank(id: ObjectId): number {
  return ranks.get(id.slice(0, id.indexOf('/'))) ?? 0;
}

const order = [
  'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
  'MutatingWebhookConfiguration.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'ValidatingAdmissionPolicy.admissionregistration.k8s.io',
  'MutatingAdmissionPolicyBinding.admissionregistration.k8s.io',
  'MutatingAdmissionPolicy.admissionregistration.k8s.io',
  'APIService.apiregistration.k8s.io',
  'Ingress.networking.k8s.io',
  'HorizontalPodAutoscaler.autoscaling',
  'PodDisruptionBudget.policy',
  'CronJob.batch',
  'Job.batch',
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'ReplicaSet.apps',
  'ReplicationController',
  'Pod',
  'Service',
  'RoleBinding.rbac.authorization.k8s.io',
  'ClusterRoleBinding.rbac.authorization.k8s.io',
  'Role.rbac.authorization.k8s.io',
  'ClusterRole.rbac.authorization.k8s.io',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'NetworkPolicy.networking.k8s.io',
  'LimitRange',
  'ResourceQuota',
  'IngressClass.networking.k8s.io',
  'StorageClass.storage.k8s.io',
  'RuntimeClass.node.k8s.io',
  'PriorityClass.scheduling.k8s.io',
  'CustomResourceDefinition.apiextensions.k8s.io',
  'Namespace',
];
const ranks = new Map(order.map((kind, index) => [kind, index + 1]));
