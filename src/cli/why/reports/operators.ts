/** Reports about operators and their custom resources. */
import { apiService, controller, crd, place, type Report, webhook } from './report.ts';

const conversion = (service: string) => {
  const [namespace, name] = service.split('/');
  return `conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {namespace: ${namespace}, name: ${name}, path: /convert}}}}`;
};

export const operators: readonly Report[] = [
  {
    source: 'strimzi/strimzi-kafka-operator#11901',
    cause: 'The topic operator went first; a KafkaTopic keeps its finalizer.',
    cure: 'Remove the finalizer of the topic.',
    ask: 'ns/kafka-test',
    manifests: `${crd('kafka.strimzi.io', 'KafkaTopic', 'kafkatopics', { versions: 'v1beta2' })}
${place('kafka-test', 'goes')}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaTopic
metadata: {name: bus-default-topic, namespace: kafka-test, DELETED, finalizers: [strimzi.io/topic-operator]}`,
    says: [/^finalizer strimzi\.io\/topic-operator on KafkaTopic kafka-test\/bus-default-topic: no workload/],
    command: /^kubectl patch kafkatopics\.kafka\.strimzi\.io\/bus-default-topic -n kafka-test --type=json/,
  },
  {
    source: 'cert-manager/cert-manager#3135',
    cause: 'The conversion webhook of cert-manager is gone, so that Challenges can be neither read nor changed.',
    cure: 'Remove the finalizer at the stored version, or bring the webhook back.',
    ask: 'ns/ns1',
    manifests: `${crd('acme.cert-manager.io', 'Challenge', 'challenges', { versions: 'v1 v1alpha2', more: conversion('ns1/rel-cert-manager-webhook') })}
${place('ns1', 'goes', {
  type: 'NamespaceDeletionContentFailure',
  message:
    'Failed to delete all resource types, 1 remaining: conversion webhook for acme.cert-manager.io/v1alpha2, Kind=Challenge failed: Post https://rel-cert-manager-webhook.ns1.svc:443/convert?timeout=30s: service "rel-cert-manager-webhook" not found',
})}
---
apiVersion: acme.cert-manager.io/v1alpha2
kind: Challenge
metadata: {name: app-tls-1, namespace: ns1, DELETED, finalizers: [finalizer.acme.cert-manager.io]}`,
    says: [
      /^the conversion webhook of CustomResourceDefinition challenges\.acme\.cert-manager\.io cannot be called/,
      /^finalizer finalizer\.acme\.cert-manager\.io on Challenge ns1\/app-tls-1: no workload/,
    ],
    command: /^kubectl patch challenges\.v1alpha2\.acme\.cert-manager\.io\/app-tls-1 -n ns1/,
  },
  {
    source: 'cert-manager/cert-manager#4938',
    cause: 'cert-manager does not run, so that nobody removes the finalizer of the Challenge.',
    cure: 'Run cert-manager again, which then removes it.',
    ask: 'challenges/app-web-cert -n testvault',
    manifests: `${crd('acme.cert-manager.io', 'Challenge', 'challenges')}
${place('testvault', 'stays')}
${place('cert-manager', 'stays')}
${controller('cert-manager', 'cert-manager', 'acme.cert-manager.io', { replicas: 0 })}
---
apiVersion: acme.cert-manager.io/v1
kind: Challenge
metadata: {name: app-web-cert, namespace: testvault, DELETED, finalizers: [finalizer.acme.cert-manager.io]}
status: {state: pending, reason: "Waiting for HTTP-01 challenge propagation: wrong status code '503', expected '200'"}`,
    says: [
      /^finalizer finalizer\.acme\.cert-manager\.io on Challenge testvault\/app-web-cert: .*Deployment cert-manager\/cert-manager has no running Pod: it is scaled to 0$/,
    ],
    command: /^kubectl scale deployments\.apps\/cert-manager -n cert-manager --replicas=1$/,
    serves: {
      ...{ apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge', finalizer: 'finalizer.acme.cert-manager.io' },
      deployment: 'cert-manager/cert-manager',
    },
  },
  {
    source: 'longhorn/longhorn#5319',
    cause: 'The admission webhook of Longhorn went with the rest of it and refuses every change of what is left.',
    cure: 'Delete the webhook configuration, then remove the finalizers.',
    ask: 'ns/longhorn-system',
    manifests: `${crd('longhorn.io', 'Node', 'nodes', { versions: 'v1beta2' })}
${place('longhorn-system', 'goes', {
  type: 'NamespaceDeletionContentFailure',
  message:
    'Failed to delete all resource types, 2 remaining: Internal error occurred: failed calling webhook "validator.longhorn.io": failed to call webhook: Post "https://longhorn-admission-webhook.longhorn-system.svc:9502/v1/webhook/validation?timeout=10s": service "longhorn-admission-webhook" not found',
})}
${webhook('longhorn-webhook-validator', 'validator.longhorn.io', 'longhorn-system/longhorn-admission-webhook', 'longhorn.io', '[UPDATE, DELETE]', '[nodes]')}
---
apiVersion: longhorn.io/v1beta2
kind: Node
metadata: {name: worker-1, namespace: longhorn-system, DELETED, finalizers: [longhorn.io]}`,
    says: [
      /^webhook validator\.longhorn\.io of ValidatingWebhookConfiguration longhorn-webhook-validator refuses the removal of finalizers .*its Service longhorn-system\/longhorn-admission-webhook does not exist$/,
      /^finalizer longhorn\.io on Node longhorn-system\/worker-1: no workload/,
    ],
    command: /^kubectl delete validatingwebhookconfigurations\.admissionregistration\.k8s\.io\/longhorn-webhook-validator/,
  },
  {
    source: 'kubeflow/kubeflow#4778',
    cause: 'An APIService of cert-manager is left without its Service; no namespace can be emptied.',
    cure: 'Delete the APIService.',
    ask: 'ns/kubeflow',
    manifests: `${place('kubeflow', 'goes', {
      type: 'NamespaceDeletionDiscoveryFailure',
      message:
        'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: webhook.cert-manager.io/v1beta1: the server is currently unable to handle the request',
    })}
${apiService('webhook.cert-manager.io', 'v1beta1', 'cert-manager/cert-manager-webhook')}`,
    says: [
      /^APIService v1beta1\.webhook\.cert-manager\.io does not answer: its Service cert-manager\/cert-manager-webhook does not exist$/,
    ],
    command: /^kubectl delete apiservices\.apiregistration\.k8s\.io\/v1beta1\.webhook\.cert-manager\.io$/,
  },
  {
    source: 'knative/serving#4732',
    cause: 'The APIService of the autoscaler is served from the namespace that goes, and holds all others too.',
    cure: 'Delete the APIService.',
    ask: 'ns/knative-serving',
    manifests: `${place('knative-serving', 'goes', { type: 'NamespaceDeletionDiscoveryFailure', message: 'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: custom.metrics.k8s.io/v1beta1' })}
${apiService('custom.metrics.k8s.io', 'v1beta1', 'knative-serving/autoscaler')}`,
    says: [/^APIService v1beta1\.custom\.metrics\.k8s\.io does not answer/],
    command: /^kubectl delete apiservices\.apiregistration\.k8s\.io\/v1beta1\.custom\.metrics\.k8s\.io$/,
  },
  {
    source: 'kedacore/keda#4772',
    cause: 'The APIService names a Service that was renamed.',
    cure: 'Correct the name in the APIService, or delete it.',
    ask: 'ns/shop',
    manifests: `${place('shop', 'goes')}
${place('keda', 'stays')}
${apiService('external.metrics.k8s.io', 'v1beta1', 'keda/keda-metrics-apiserver')}
---
apiVersion: v1
kind: Service
metadata: {name: keda-operator-metrics-apiserver, namespace: keda}
spec: {selector: {app: keda-metrics}, ports: [{port: 443}]}`,
    says: [
      /^APIService v1beta1\.external\.metrics\.k8s\.io does not answer: its Service keda\/keda-metrics-apiserver does not exist$/,
    ],
    command: /^kubectl delete apiservices\.apiregistration\.k8s\.io\/v1beta1\.external\.metrics\.k8s\.io$/,
  },
  {
    source: 'argoproj/argo-cd#7860',
    cause: 'Argo CD was deleted with its namespace before its own Application was.',
    cure: 'Remove the finalizer of the Application.',
    ask: 'ns/argocd',
    manifests: `${crd('argoproj.io', 'Application', 'applications', { versions: 'v1alpha1' })}
${place('argocd', 'goes', { type: 'NamespaceFinalizersRemaining', message: 'Some content in the namespace has finalizers remaining: resources-finalizer.argocd.argoproj.io in 1 resource instances' })}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: argocd, namespace: argocd, DELETED, finalizers: [resources-finalizer.argocd.argoproj.io]}`,
    says: [/^finalizer resources-finalizer\.argocd\.argoproj\.io on Application argocd\/argocd: no workload/],
    not: /create serviceaccount|install/i,
    command: /^kubectl patch applications\.argoproj\.io\/argocd -n argocd/,
  },
  {
    source: 'argoproj/argo-cd#19571',
    cause: 'The target cluster is not registered any more; the controller leaves the post-delete finalizer.',
    cure: 'Remove that finalizer.',
    ask: 'applications/guestbook -n argocd',
    manifests: `${crd('argoproj.io', 'Application', 'applications', { versions: 'v1alpha1' })}
${place('argocd', 'stays')}
${controller('argocd', 'argocd-application-controller', 'argoproj.io')}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: guestbook, namespace: argocd, DELETED, finalizers: [post-delete-finalizer.argocd.argoproj.io/cleanup]}
status: {conditions: [{type: InvalidSpecError, message: "application destination server 'https://10.0.0.1' and/or name '' is invalid: there are no clusters with this server"}]}`,
    says: [
      /^Application argocd\/guestbook reports InvalidSpecError: .*there are no clusters with this server$/,
      /^finalizer post-delete-finalizer\.argocd\.argoproj\.io\/cleanup on Application argocd\/guestbook: .*runs and has not removed it yet$/,
    ],
    command: /^kubectl patch applications\.argoproj\.io\/guestbook -n argocd/,
  },
  {
    source: 'crossplane/crossplane#4251',
    cause: 'The provider was deleted before its managed resources; they hold their definition.',
    cure: 'Remove the finalizer of each managed resource, and delete what it stood for by hand.',
    ask: 'crd/robots.iam.dummy.upbound.io',
    manifests: `${crd('iam.dummy.upbound.io', 'Robot', 'robots', { scope: 'Cluster', versions: 'v1alpha1', more: 'DELETED, finalizers: [customresourcecleanup.apiextensions.k8s.io]' })}
---
apiVersion: iam.dummy.upbound.io/v1alpha1
kind: Robot
metadata: {name: example, DELETED, finalizers: [finalizer.managedresource.crossplane.io]}`,
    says: [
      /1 of its custom resources is left$/,
      /^finalizer finalizer\.managedresource\.crossplane\.io on Robot example: no workload/,
    ],
    command: /^kubectl patch robots\.iam\.dummy\.upbound\.io\/example --type=json/,
  },
  {
    source: 'crossplane-contrib/provider-upjet-aws#2091',
    cause: 'The provider must create a ProviderConfigUsage before it cleans up, and the namespace that goes takes nothing new.',
    cure: 'Remove the finalizer; a fixed provider does without.',
    ask: 'ns/sample-bug-ns',
    manifests: `${crd('iam.aws.m.upbound.io', 'Role', 'roles')}
${crd('aws.m.upbound.io', 'ProviderConfigUsage', 'providerconfigusages')}
${place('sample-bug-ns', 'goes')}
${place('crossplane-system', 'stays')}
${controller('crossplane-system', 'provider-aws-iam', 'iam.aws.m.upbound.io')}
---
apiVersion: iam.aws.m.upbound.io/v1
kind: Role
metadata: {name: app, namespace: sample-bug-ns, DELETED, finalizers: [finalizer.managedresource.crossplane.io], managedFields: [{manager: provider-aws-iam, operation: Update, fieldsV1: {"f:metadata": {"f:finalizers": {"v:\\"finalizer.managedresource.crossplane.io\\"": {}}}}}]}
status: {conditions: [{type: Synced, status: "False", reason: ReconcileError, message: 'connect failed: cannot track ProviderConfig usage: cannot create object: providerconfigusages.aws.m.upbound.io "2bb7202e" is forbidden: unable to create new content in namespace sample-bug-ns because it is being terminated'}]}`,
    says: [/^Role sample-bug-ns\/app reports Synced: .*unable to create new content in namespace sample-bug-ns/],
    not: /delete namespaces?\/sample-bug-ns|kubectl create/,
    command: /^kubectl patch roles\.iam\.aws\.m\.upbound\.io\/app -n sample-bug-ns/,
  },
  {
    source: 'fluxcd/flux2#997',
    cause: 'The account that the Kustomization impersonates was deleted before it.',
    cure: 'Create the account again with its rights, or remove the finalizer.',
    ask: 'kustomizations.kustomize.toolkit.fluxcd.io/petclinic -n application',
    manifests: `${crd('kustomize.toolkit.fluxcd.io', 'Kustomization', 'kustomizations')}
${place('application', 'stays')}
${place('flux-system', 'stays')}
${controller('flux-system', 'kustomize-controller', 'kustomize.toolkit.fluxcd.io')}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: petclinic, namespace: application, DELETED, finalizers: [finalizers.fluxcd.io]}
spec: {serviceAccountName: spring-petclinic, prune: true}
status: {conditions: [{type: Ready, status: "False", reason: PruneFailed, message: 'Unable to prune for finalizer: failed to build kube client: serviceaccounts "spring-petclinic" not found'}]}`,
    says: [
      /^Kustomization application\/petclinic reports Ready: Unable to prune/,
      /^ServiceAccount application\/spring-petclinic does not exist: Kustomization application\/petclinic cannot be cleaned up without it$/,
    ],
    command: /^kubectl patch kustomizations\.kustomize\.toolkit\.fluxcd\.io\/petclinic -n application/,
  },
  {
    source: 'rook/rook#17059',
    cause: 'The cluster waits until its block pool is deleted.',
    cure: 'Delete the block pool first, while the operator runs.',
    ask: 'cephclusters/af-rook-ceph-dev1 -n rook-ceph',
    manifests: `${crd('ceph.rook.io', 'CephCluster', 'cephclusters')}
${crd('ceph.rook.io', 'CephBlockPool', 'cephblockpools')}
${place('rook-ceph', 'stays')}
${controller('rook-ceph', 'rook-ceph-operator', 'ceph.rook.io')}
---
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata: {name: af-rook-ceph-dev1, namespace: rook-ceph, DELETED, finalizers: [cephcluster.ceph.rook.io]}
status: {conditions: [{type: DeletionIsBlocked, status: "True", reason: ObjectHasDependents, message: 'CephCluster "rook-ceph/af-rook-ceph-dev1" will not be deleted until all dependents are removed: CephBlockPool: [ceph-blockpool]'}]}
---
apiVersion: ceph.rook.io/v1
kind: CephBlockPool
metadata: {name: ceph-blockpool, namespace: rook-ceph, finalizers: [cephblockpool.ceph.rook.io]}`,
    says: [
      /^CephCluster .* reports DeletionIsBlocked/,
      /^CephBlockPool rook-ceph\/ceph-blockpool, which it names, is not being deleted$/,
    ],
    command: /^kubectl delete cephblockpools\.ceph\.rook\.io\/ceph-blockpool -n rook-ceph/,
  },
  {
    source: 'kubernetes-sigs/cluster-api#7559',
    cause: 'The kubeconfig Secret of the workload cluster is gone, and the MachinePool cannot be cleaned up without it.',
    cure: 'Remove the finalizer of the MachinePool.',
    ask: 'machinepools/marc2 -n org-giantswarm',
    manifests: `${crd('cluster.x-k8s.io', 'MachinePool', 'machinepools', { versions: 'v1beta1' })}
${place('org-giantswarm', 'stays')}
${place('capi-system', 'stays')}
${controller('capi-system', 'capi-controller-manager', 'cluster.x-k8s.io')}
---
apiVersion: cluster.x-k8s.io/v1beta1
kind: MachinePool
metadata: {name: marc2, namespace: org-giantswarm, uid: mp, DELETED, finalizers: [machinepool.cluster.x-k8s.io]}
---
apiVersion: v1
kind: Event
metadata: {name: e1, namespace: org-giantswarm}
type: Warning
reason: ReconcileError
message: 'failed to retrieve kubeconfig secret for Cluster org-giantswarm/marc2: secrets "marc2-kubeconfig" not found'
involvedObject: {uid: mp, kind: MachinePool, name: marc2, namespace: org-giantswarm}`,
    says: [
      /^MachinePool org-giantswarm\/marc2 reports event ReconcileError/,
      /^Secret org-giantswarm\/marc2-kubeconfig does not exist/,
    ],
    command: /^kubectl patch machinepools\.cluster\.x-k8s\.io\/marc2 -n org-giantswarm/,
  },
  {
    source: 'kubesphere/kubesphere#2306',
    cause: 'The webhook for clusters refuses every update of the object.',
    cure: 'Delete the webhook configuration, then remove the finalizer.',
    ask: 'clusters/member',
    manifests: `${crd('cluster.kubesphere.io', 'Cluster', 'clusters', { scope: 'Cluster', versions: 'v1alpha1' })}
${place('kubesphere-system', 'stays')}
${webhook('cluster.kubesphere.io', 'validating-cluster.kubesphere.io', 'kubesphere-system/ks-controller-manager', 'cluster.kubesphere.io', '[UPDATE]')}
---
apiVersion: cluster.kubesphere.io/v1alpha1
kind: Cluster
metadata: {name: member, DELETED, finalizers: [finalizer.cluster.kubesphere.io]}`,
    says: [/^webhook validating-cluster\.kubesphere\.io of .* refuses the removal of finalizers/],
    command:
      /^kubectl delete validatingwebhookconfigurations\.admissionregistration\.k8s\.io\/cluster\.kubesphere\.io --ignore-not-found$/,
  },
  {
    source: 'vmware-tanzu/tanzu-framework#2847',
    cause: 'A running webhook says no to the removal of the finalizer, since what the object names is gone.',
    cure: 'Take the webhook out of the way, then remove the finalizer.',
    ask: 'clusterbootstraps/wc -n default',
    manifests: `${crd('run.tanzu.vmware.com', 'ClusterBootstrap', 'clusterbootstraps')}
${place('tkg', 'stays')}
${controller('tkg', 'tanzu-addons-manager', 'run.tanzu.vmware.com')}
---
apiVersion: v1
kind: Service
metadata: {name: tanzu-addons-manager, namespace: tkg}
spec: {selector: {app: tanzu-addons-manager}, ports: [{port: 443}]}
${webhook('clusterbootstrap-webhook', 'clusterbootstrap.validating.vmware.com', 'tkg/tanzu-addons-manager', 'run.tanzu.vmware.com', '[UPDATE]')}
---
apiVersion: run.tanzu.vmware.com/v1
kind: ClusterBootstrap
metadata: {name: wc, namespace: default, DELETED, finalizers: [tkg.tanzu.vmware.com/addon]}
status: {conditions: [{type: Deleting, status: "False", message: 'cannot remove finalizer: admission webhook "clusterbootstrap.validating.vmware.com" denied the request: spec.cni.refName: package not found'}]}`,
    says: [/^webhook clusterbootstrap\.validating\.vmware\.com refuses: spec\.cni\.refName: package not found$/],
    command: /^kubectl delete validatingwebhookconfigurations\.admissionregistration\.k8s\.io\/clusterbootstrap-webhook/,
    isFreed: false,
  },
  {
    source: 'opensearch-project/opensearch-k8s-operator#976',
    cause: 'The operator is in the namespace that is deleted; its Pods go before its custom resources.',
    cure: 'Delete the custom resources first.',
    ask: 'ns/opensearch',
    manifests: `${crd('opensearch.opster.io', 'OpenSearchCluster', 'opensearchclusters')}
${place('opensearch', 'stays')}
${controller('opensearch', 'opensearch-operator', 'opensearch.opster.io')}
---
apiVersion: opensearch.opster.io/v1
kind: OpenSearchCluster
metadata: {name: logs, namespace: opensearch, finalizers: [opster.io/opensearch-finalizer]}`,
    says: [
      /^finalizer opster\.io\/opensearch-finalizer on OpenSearchCluster opensearch\/logs: its controller .*is in the same namespace, and its Pods would go first$/,
    ],
    command: /^kubectl delete opensearchclusters\.opensearch\.opster\.io\/logs -n opensearch/,
    exit: 0,
  },
  {
    source: 'kedacore/keda#4881',
    cause: 'The webhook of KEDA refuses to let the finalizer go, because the Deployment of the ScaledObject is gone.',
    cure: 'Take the webhook out of the way.',
    ask: 'scaledobjects/diffusion -n ai',
    manifests: `${crd('keda.sh', 'ScaledObject', 'scaledobjects', { versions: 'v1alpha1' })}
${place('ai', 'stays')}
${place('keda', 'stays')}
${controller('keda', 'keda-operator', 'keda.sh')}
---
apiVersion: v1
kind: Service
metadata: {name: keda-admission-webhooks, namespace: keda}
spec: {selector: {app: keda-operator}, ports: [{port: 443}]}
${webhook('keda-admission', 'vscaledobject.kb.io', 'keda/keda-admission-webhooks', 'keda.sh', '[CREATE, UPDATE]')}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: diffusion, namespace: ai, uid: so, DELETED, finalizers: [finalizer.keda.sh]}
spec: {scaleTargetRef: {name: diffusion}}
---
apiVersion: v1
kind: Event
metadata: {name: e1, namespace: ai}
type: Warning
reason: ScaledObjectUpdateFailed
message: 'admission webhook "vscaledobject.kb.io" denied the request: Deployment.apps "diffusion" not found'
involvedObject: {uid: so, kind: ScaledObject, name: diffusion, namespace: ai}`,
    says: [/^webhook vscaledobject\.kb\.io refuses: Deployment\.apps "diffusion" not found$/],
    command: /^kubectl delete validatingwebhookconfigurations\.admissionregistration\.k8s\.io\/keda-admission$/,
    // Its controller then goes on, and the simulated one is not told of the finalizer.
    isFreed: false,
  },
  {
    source: 'envoyproxy/gateway#7287',
    cause: 'The controller was deleted before the GatewayClass, which keeps its finalizer.',
    cure: 'Remove the finalizer.',
    ask: 'gatewayclasses/eg',
    manifests: `${crd('gateway.networking.k8s.io', 'GatewayClass', 'gatewayclasses', { scope: 'Cluster' })}
${crd('gateway.networking.k8s.io', 'Gateway', 'gateways')}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg, DELETED, finalizers: [gateway-exists-finalizer.gateway.networking.k8s.io], annotations: {argocd.argoproj.io/tracking-id: "edge:gateway.networking.k8s.io/GatewayClass:/eg"}}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
status: {conditions: [{type: Accepted, status: "True", reason: Accepted, message: Valid GatewayClass}]}`,
    says: [/^finalizer gateway-exists-finalizer\.gateway\.networking\.k8s\.io on GatewayClass eg: no workload/],
    not: /reports Accepted/,
    command: /^kubectl patch gatewayclasses\.gateway\.networking\.k8s\.io\/eg --type=json/,
  },
  {
    source: 'kubermatic/machine-controller#1285',
    cause: 'The cloud refuses a machine because of a quota, and the controller keeps retrying instead of cleaning up.',
    cure: 'Raise the quota, or remove the finalizer.',
    ask: 'machines/worker-1 -n kube-system',
    manifests: `${crd('cluster.k8s.io', 'Machine', 'machines', { versions: 'v1alpha1' })}
${controller('kube-system', 'machine-controller', 'cluster.k8s.io')}
---
apiVersion: cluster.k8s.io/v1alpha1
kind: Machine
metadata: {name: worker-1, namespace: kube-system, uid: m, DELETED, finalizers: [machine-delete-finalizer]}
---
apiVersion: v1
kind: Event
metadata: {name: e1, namespace: kube-system}
type: Warning
reason: ReconcilingError
message: 'failed to create public IP address: StatusCode=400 Code="PublicIPCountLimitReached" Message="Cannot create more than 25 public IP addresses for this subscription in this region."'
involvedObject: {uid: m, kind: Machine, name: worker-1, namespace: kube-system}`,
    says: [/^Machine kube-system\/worker-1 reports event ReconcilingError: .*PublicIPCountLimitReached/],
    command: /^kubectl patch machines\.cluster\.k8s\.io\/worker-1 -n kube-system/,
  },
  {
    source: 'banzaicloud/koperator#262',
    cause: 'The KafkaCluster waits for a KafkaTopic whose broker is gone.',
    cure: 'Remove the finalizer of the topic.',
    ask: 'kafkaclusters/kafka -n kafka',
    manifests: `${crd('kafka.banzaicloud.io', 'KafkaCluster', 'kafkaclusters')}
${crd('kafka.banzaicloud.io', 'KafkaTopic', 'kafkatopics')}
${place('kafka', 'stays')}
${controller('kafka', 'kafka-operator', 'kafka.banzaicloud.io')}
---
apiVersion: kafka.banzaicloud.io/v1
kind: KafkaCluster
metadata: {name: kafka, namespace: kafka, uid: kc, DELETED, finalizers: [finalizer.kafkaclusters.kafka.banzaicloud.io]}
---
apiVersion: kafka.banzaicloud.io/v1
kind: KafkaTopic
metadata: {name: cruise-control-topic, namespace: kafka, DELETED, finalizers: [finalizer.kafkatopics.kafka.banzaicloud.io]}
spec: {clusterRef: {name: kafka}, name: cruise-control}`,
    says: [
      /^1 object names KafkaCluster kafka\/kafka; its controller may wait until it is gone$/,
      /^finalizer finalizer\.kafkatopics\.kafka\.banzaicloud\.io on KafkaTopic kafka\/cruise-control-topic: /,
    ],
    command: /^kubectl patch kafkatopics\.kafka\.banzaicloud\.io\/cruise-control-topic -n kafka/,
  },
];
