/** Resources of Kubernetes itself that scripts and roles name, as `kubectl api-resources` has them. */
import { partsOfKindWord } from '../../objects/kind-names.ts';

export type BuiltInResource = {
  group: string;
  kind: string;
  resource: string;
  isClusterScoped: boolean;
  shortNames: readonly string[];
};

/** @param word of kubectl's command line: `deploy`, `deployments`, `deployments.apps` */
export function builtInNamed(word: string): BuiltInResource | undefined {
  const { name, group } = partsOfKindWord(word);
  const found = byWord.get(name);
  return found && (group === undefined || group === found.group) ? found : undefined;
}

/** In words separated by spaces: a kind, then short names. */
const table: readonly (readonly [group: string, scope: 'namespace' | 'cluster', kinds: readonly string[]])[] = [
  ['', 'namespace', ['Pod po', 'Service svc', 'ConfigMap cm', 'Secret', 'ServiceAccount sa', 'PersistentVolumeClaim pvc']],
  ['', 'namespace', ['Endpoints ep', 'Event ev', 'LimitRange limits', 'ResourceQuota quota']],
  ['', 'cluster', ['Node no', 'Namespace ns', 'PersistentVolume pv']],
  ['apps', 'namespace', ['Deployment deploy', 'DaemonSet ds', 'StatefulSet sts', 'ReplicaSet rs']],
  ['batch', 'namespace', ['Job', 'CronJob cj']],
  ['autoscaling', 'namespace', ['HorizontalPodAutoscaler hpa']],
  ['policy', 'namespace', ['PodDisruptionBudget pdb']],
  ['networking.k8s.io', 'namespace', ['Ingress ing', 'NetworkPolicy netpol']],
  ['networking.k8s.io', 'cluster', ['IngressClass']],
  ['discovery.k8s.io', 'namespace', ['EndpointSlice']],
  ['rbac.authorization.k8s.io', 'namespace', ['Role', 'RoleBinding']],
  ['rbac.authorization.k8s.io', 'cluster', ['ClusterRole', 'ClusterRoleBinding']],
  ['coordination.k8s.io', 'namespace', ['Lease']],
  ['apiextensions.k8s.io', 'cluster', ['CustomResourceDefinition crd crds']],
  ['apiregistration.k8s.io', 'cluster', ['APIService']],
  ['admissionregistration.k8s.io', 'cluster', ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']],
  ['admissionregistration.k8s.io', 'cluster', ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']],
  ['admissionregistration.k8s.io', 'cluster', ['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']],
  ['storage.k8s.io', 'cluster', ['StorageClass sc', 'CSIDriver', 'VolumeAttachment', 'VolumeAttributesClass vac']],
  ['scheduling.k8s.io', 'cluster', ['PriorityClass pc']],
  ['node.k8s.io', 'cluster', ['RuntimeClass']],
  ['resource.k8s.io', 'namespace', ['ResourceClaim', 'ResourceClaimTemplate']],
  ['resource.k8s.io', 'cluster', ['DeviceClass', 'ResourceSlice']],
];

const byWord = new Map(
  table.flatMap(([group, scope, kinds]) =>
    kinds.flatMap((words) => {
      const [kind = '', ...shortNames] = words.split(' ');
      const singular = kind.toLowerCase();
      const resource = singular === 'endpoints' ? singular : singular.replace(/y$/, 'ie').replace(/s$/, 'se').concat('s');
      const entry: BuiltInResource = { group, kind, resource, isClusterScoped: scope === 'cluster', shortNames };
      return [singular, resource, ...shortNames].map((word) => [word, entry] as const);
    }),
  ),
);
