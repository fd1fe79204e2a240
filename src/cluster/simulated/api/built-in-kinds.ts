/**
 * The built-in kinds as discovery of Kubernetes 1.37 names them, one line each, preferred version first. Alpha and beta
 * groups, off by default on a real server, are left out; `events.k8s.io` Events, the same objects as core Events under
 * other field names, too.
 */
import { type Kind, keyOf } from './kind.ts';

type Trait = 'cluster' | 'status' | 'scale' | 'no-generation' | 'all' | 'virtual';

/**
 * apiVersion: [kind, plural, short names, traits]. Namespaced, with generation and without status unless a trait says
 * otherwise.
 */
const table: Record<string, [kind: string, resource: string, shortNames: string, traits?: string][]> = {
  v1: [
    ['Namespace', 'namespaces', 'ns', 'cluster status no-generation'],
    ['Node', 'nodes', 'no', 'cluster status no-generation'],
    ['Pod', 'pods', 'po', 'status all'],
    ['Service', 'services', 'svc', 'status all no-generation'],
    ['ConfigMap', 'configmaps', 'cm', 'no-generation'],
    ['Secret', 'secrets', '', 'no-generation'],
    ['ServiceAccount', 'serviceaccounts', 'sa', 'no-generation'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc', 'status no-generation'],
    ['PersistentVolume', 'persistentvolumes', 'pv', 'cluster status no-generation'],
    ['Event', 'events', 'ev', 'no-generation'],
    ['Endpoints', 'endpoints', 'ep', 'no-generation'],
    ['LimitRange', 'limitranges', 'limits', 'no-generation'],
    ['ResourceQuota', 'resourcequotas', 'quota', 'status no-generation'],
    ['ReplicationController', 'replicationcontrollers', 'rc', 'status scale all'],
    ['PodTemplate', 'podtemplates', '', 'no-generation'],
  ],
  'apps/v1': [
    ['Deployment', 'deployments', 'deploy', 'status scale all'],
    ['ReplicaSet', 'replicasets', 'rs', 'status scale all'],
    ['StatefulSet', 'statefulsets', 'sts', 'status scale all'],
    ['DaemonSet', 'daemonsets', 'ds', 'status all'],
    ['ControllerRevision', 'controllerrevisions', '', 'no-generation'],
  ],
  'batch/v1': [
    ['Job', 'jobs', '', 'status all'],
    ['CronJob', 'cronjobs', 'cj', 'status all'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['Role', 'roles', '', 'no-generation'],
    ['RoleBinding', 'rolebindings', '', 'no-generation'],
    ['ClusterRole', 'clusterroles', '', 'cluster no-generation'],
    ['ClusterRoleBinding', 'clusterrolebindings', '', 'cluster no-generation'],
  ],
  'apiextensions.k8s.io/v1': [['CustomResourceDefinition', 'customresourcedefinitions', 'crd crds', 'cluster status']],
  'apiregistration.k8s.io/v1': [['APIService', 'apiservices', '', 'cluster status no-generation']],
  'admissionregistration.k8s.io/v1': [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', '', 'cluster'],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', '', 'cluster'],
    ['ValidatingAdmissionPolicy', 'validatingadmissionpolicies', '', 'cluster status'],
    ['ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', '', 'cluster'],
    ['MutatingAdmissionPolicy', 'mutatingadmissionpolicies', '', 'cluster'],
    ['MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', '', 'cluster'],
  ],
  'networking.k8s.io/v1': [
    ['Ingress', 'ingresses', 'ing', 'status'],
    ['IngressClass', 'ingressclasses', '', 'cluster'],
    ['NetworkPolicy', 'networkpolicies', 'netpol'],
    ['IPAddress', 'ipaddresses', 'ip', 'cluster no-generation'],
    ['ServiceCIDR', 'servicecidrs', '', 'cluster status no-generation'],
  ],
  'policy/v1': [['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb', 'status']],
  'autoscaling/v2': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa', 'status all no-generation']],
  'autoscaling/v1': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa', 'status all no-generation']],
  'scheduling.k8s.io/v1': [['PriorityClass', 'priorityclasses', 'pc', 'cluster']],
  'node.k8s.io/v1': [['RuntimeClass', 'runtimeclasses', '', 'cluster no-generation']],
  'storage.k8s.io/v1': [
    ['StorageClass', 'storageclasses', 'sc', 'cluster no-generation'],
    ['CSIDriver', 'csidrivers', '', 'cluster no-generation'],
    ['CSINode', 'csinodes', '', 'cluster no-generation'],
    ['VolumeAttachment', 'volumeattachments', '', 'cluster status no-generation'],
    ['CSIStorageCapacity', 'csistoragecapacities', '', 'no-generation'],
    ['VolumeAttributesClass', 'volumeattributesclasses', 'vac', 'cluster no-generation'],
  ],
  'coordination.k8s.io/v1': [['Lease', 'leases', '', 'no-generation']],
  'discovery.k8s.io/v1': [['EndpointSlice', 'endpointslices', '']],
  'certificates.k8s.io/v1': [['CertificateSigningRequest', 'certificatesigningrequests', 'csr', 'cluster status no-generation']],
  'flowcontrol.apiserver.k8s.io/v1': [
    ['FlowSchema', 'flowschemas', '', 'cluster status'],
    ['PriorityLevelConfiguration', 'prioritylevelconfigurations', '', 'cluster status'],
  ],
  'resource.k8s.io/v1': [
    ['DeviceClass', 'deviceclasses', '', 'cluster'],
    ['ResourceClaim', 'resourceclaims', '', 'status no-generation'],
    ['ResourceClaimTemplate', 'resourceclaimtemplates', '', 'no-generation'],
    ['ResourceSlice', 'resourceslices', '', 'cluster'],
  ],
  'authorization.k8s.io/v1': [
    ['SelfSubjectAccessReview', 'selfsubjectaccessreviews', '', 'cluster virtual'],
    ['SelfSubjectRulesReview', 'selfsubjectrulesreviews', '', 'cluster virtual'],
    ['SubjectAccessReview', 'subjectaccessreviews', '', 'cluster virtual'],
    ['LocalSubjectAccessReview', 'localsubjectaccessreviews', '', 'virtual'],
  ],
  'authentication.k8s.io/v1': [['SelfSubjectReview', 'selfsubjectreviews', '', 'cluster virtual']],
};

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Every built-in kind in every version that is served. */
export const builtInKinds: readonly Kind[] = Object.entries(table).flatMap(([apiVersion, kinds]) => {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return kinds.map(([kind, resource, shortNames, traitText = '']): Kind => {
    const traits = new Set(traitText.split(' ') as Trait[]);
    return {
      apiVersion,
      group,
      version: apiVersion.slice(slash + 1),
      kind,
      resource,
      namespaced: !traits.has('cluster'),
      verbs: traits.has('virtual') ? ['create'] : everyVerb,
      subresources: [...(traits.has('status') ? ['status'] : []), ...(traits.has('scale') ? ['scale'] : [])],
      shortNames: shortNames === '' ? [] : shortNames.split(' '),
      categories: traits.has('all') ? ['all'] : [],
      key: keyOf(resource, group),
      hasStatus: traits.has('status'),
      generation: traits.has('no-generation') || traits.has('virtual') ? 'none' : 'spec',
      ...(traits.has('virtual') && { virtual: true }),
    };
  });
});
