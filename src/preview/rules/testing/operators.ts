/** Charts of well-known operators: what an uninstall stumbles over, in their structure and our words. */
import type { KubernetesObject } from '../../../objects/object.ts';
import { account, all, cluster, crd, hook, hookJob, leader, object, read, service, webhooks, workload } from './pieces.ts';

/**
 * Definitions among the templates, finalizers on everything that it makes, and a pre-delete hook with kubectl of third
 * parties.
 */
export function victoriaMetricsOperator(): KubernetesObject[] {
  const group = 'operator.victoriametrics.com';
  const kinds = ['VMAgent', 'VMSingle', 'VMCluster', 'VMRule'];
  const cleanup = hook('pre-delete', { policies: 'before-hook-creation, hook-succeeded' });
  return [
    ...kinds.map((kind) => crd(group, kind)),
    ...account('vm-operator', [
      {
        verbs: all,
        groups: [group],
        resources: [
          'vmagents',
          'vmagents/finalizers',
          'vmsingles',
          'vmsingles/finalizers',
          'vmclusters',
          'vmclusters/finalizers',
          'vmrules',
          'vmrules/finalizers',
        ],
      },
      { verbs: all, groups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'] },
      { verbs: all, groups: [''], resources: ['services', 'secrets', 'serviceaccounts', 'persistentvolumeclaims'] },
      leader,
    ]),
    workload('Deployment', 'vm-operator', { account: 'vm-operator', image: 'victoriametrics/operator:v0.60.0' }),
    service('vm-operator'),
    webhooks('Validating', 'vm-operator', [
      { policy: 'Fail', operations: ['CREATE', 'UPDATE'], groups: [group], resources: ['*'], service: 'vm-operator' },
    ]),
    ...account('vm-cleanup', [{ verbs: ['get', 'list', 'watch', 'delete'], groups: [group], resources: ['*'] }], cleanup),
    hookJob('vm-cleanup', cleanup, {
      account: 'vm-cleanup',
      image: 'bitnami/kubectl:1.31',
      script: `kubectl delete vmagents.${group},vmsingles.${group},vmclusters.${group},vmrules.${group} --all --ignore-not-found=true --timeout=120s`,
      job: { activeDeadlineSeconds: 180 },
    }),
  ];
}

/** The same without its hook: `crds.cleanup.enabled: false`, which is the default. */
export function victoriaMetricsOperatorWithoutCleanup(): KubernetesObject[] {
  return victoriaMetricsOperator().filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
}

/** Kept definitions; webhooks that judge only its own kinds; a post-install check that cleans up behind itself. */
export function certManager(): KubernetesObject[] {
  const group = 'cert-manager.io';
  const check = hook('post-install', { weight: 1, policies: 'before-hook-creation,hook-succeeded' });
  const entry = {
    policy: 'Fail' as const,
    operations: ['CREATE', 'UPDATE'],
    groups: [group, 'acme.cert-manager.io'],
    resources: ['*/*'],
    service: 'cert-manager-webhook',
  };
  return [
    ...['Certificate', 'CertificateRequest', 'Issuer'].map((kind) => crd(group, kind, { keep: true })),
    crd(group, 'ClusterIssuer', { scope: 'Cluster', keep: true }),
    ...account('cert-manager', [
      {
        verbs: ['update', 'patch'],
        groups: [group],
        resources: ['certificates/status', 'certificaterequests/status', 'certificates/finalizers'],
      },
      { verbs: all, groups: [group], resources: ['certificates', 'certificaterequests', 'issuers', 'clusterissuers'] },
      { verbs: all, groups: [''], resources: ['secrets', 'events'] },
      leader,
    ]),
    ...account('cert-manager-cainjector', [
      {
        verbs: ['get', 'list', 'watch', 'update', 'patch'],
        groups: ['admissionregistration.k8s.io'],
        resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
      },
      leader,
    ]),
    object('v1', 'ServiceAccount', 'cert-manager-webhook'),
    workload('Deployment', 'cert-manager', {
      account: 'cert-manager',
      image: 'quay.io/jetstack/cert-manager-controller:v1.18.0',
    }),
    workload('Deployment', 'cert-manager-cainjector', {
      account: 'cert-manager-cainjector',
      image: 'quay.io/jetstack/cert-manager-cainjector:v1.18.0',
    }),
    workload('Deployment', 'cert-manager-webhook', {
      account: 'cert-manager-webhook',
      image: 'quay.io/jetstack/cert-manager-webhook:v1.18.0',
    }),
    service('cert-manager-webhook'),
    webhooks('Mutating', 'cert-manager-webhook', [entry]),
    webhooks('Validating', 'cert-manager-webhook', [entry]),
    object(
      'v1',
      'ServiceAccount',
      'startupapicheck',
      {},
      hook('post-install', { weight: -5, policies: 'before-hook-creation,hook-succeeded' }),
    ),
    hookJob('startupapicheck', check, {
      account: 'startupapicheck',
      image: 'quay.io/jetstack/cert-manager-startupapicheck:v1.18.0',
    }),
  ];
}

/**
 * Definitions among the templates; webhook configurations that the controller makes when it runs; hooks that scale it
 * down first.
 */
export function kyverno(): KubernetesObject[] {
  const group = 'kyverno.io';
  const before = hook('pre-delete', { weight: 100, policies: 'before-hook-creation,hook-succeeded,hook-failed' });
  return [
    crd(group, 'ClusterPolicy', { scope: 'Cluster' }),
    crd(group, 'Policy'),
    ...account('kyverno-admission-controller', [
      {
        verbs: all,
        groups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      },
      { verbs: all, groups: [group], resources: ['policies', 'policies/status', 'clusterpolicies', 'clusterpolicies/status'] },
      leader,
    ]),
    workload('Deployment', 'kyverno-admission-controller', {
      account: 'kyverno-admission-controller',
      image: 'reg.kyverno.io/kyverno/kyverno:v1.15.0',
    }),
    service('kyverno-svc', 'kyverno-admission-controller'),
    ...account(
      'kyverno-remove',
      [{ verbs: ['get', 'list', 'patch', 'update'], groups: ['apps'], resources: ['deployments', 'deployments/scale'] }],
      before,
    ),
    hookJob('kyverno-scale-to-zero', before, {
      account: 'kyverno-remove',
      image: 'registry.k8s.io/kubectl:v1.32.0',
      container: {
        command: [
          '/bin/sh',
          '-c',
          'kubectl scale -n shop deployment -l app=kyverno-admission-controller --replicas=0; sleep 30; kubectl delete validatingwebhookconfiguration -l webhook.kyverno.io/managed-by=kyverno',
        ],
      },
    }),
  ];
}

/** One webhook that lets everything pass when it is down and one that refuses, in the same configuration. */
export function gatekeeper(): KubernetesObject[] {
  return [
    crd('templates.gatekeeper.sh', 'ConstraintTemplate', { scope: 'Cluster', keep: true }),
    ...account('gatekeeper-admin', [
      { verbs: all, groups: ['templates.gatekeeper.sh', 'constraints.gatekeeper.sh'], resources: ['*'] },
      { verbs: all, groups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
    ]),
    workload('Deployment', 'gatekeeper-controller-manager', {
      account: 'gatekeeper-admin',
      image: 'openpolicyagent/gatekeeper:v3.20.0',
      spec: { terminationGracePeriodSeconds: 60 },
    }),
    service('gatekeeper-webhook-service', 'gatekeeper-controller-manager'),
    webhooks('Validating', 'gatekeeper-validating-webhook-configuration', [
      {
        policy: 'Ignore',
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        groups: ['*'],
        resources: ['*'],
        service: 'gatekeeper-webhook-service',
      },
      {
        policy: 'Fail',
        operations: ['CREATE', 'UPDATE'],
        groups: [''],
        resources: ['namespaces'],
        service: 'gatekeeper-webhook-service',
        more: { namespaceSelector: { matchExpressions: [{ key: 'admission.gatekeeper.sh/ignore', operator: 'Exists' }] } },
      },
    ]),
  ];
}

/** An APIService beside its backend, definitions among the templates, finalizers on ScaledObjects. */
export function keda(): KubernetesObject[] {
  return [
    crd('keda.sh', 'ScaledObject'),
    crd('keda.sh', 'ScaledJob'),
    ...account('keda-operator', [
      {
        verbs: all,
        groups: ['keda.sh'],
        resources: [
          'scaledobjects',
          'scaledobjects/finalizers',
          'scaledobjects/status',
          'scaledjobs',
          'scaledjobs/finalizers',
          'scaledjobs/status',
        ],
      },
      { verbs: all, groups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
    ]),
    workload('Deployment', 'keda-operator', { account: 'keda-operator', image: 'ghcr.io/kedacore/keda:2.17.0' }),
    workload('Deployment', 'keda-operator-metrics-apiserver', {
      account: 'keda-operator',
      image: 'ghcr.io/kedacore/keda-metrics-apiserver:2.17.0',
    }),
    service('keda-operator-metrics-apiserver'),
    cluster('apiregistration.k8s.io/v1', 'APIService', 'v1beta1.external.metrics.k8s.io', {
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: 'keda-operator-metrics-apiserver', namespace: 'shop' },
      },
    }),
  ];
}

/** Custom resources of its own kinds in the same release, and hooks of the installation that leave nothing. */
export function prometheusStack(): KubernetesObject[] {
  const group = 'monitoring.coreos.com';
  const patch = hook('pre-install,pre-upgrade', { policies: 'before-hook-creation,hook-succeeded' });
  return [
    ...account('prometheus-operator', [
      {
        verbs: ['*'],
        groups: [group],
        resources: [
          'prometheuses',
          'prometheuses/finalizers',
          'prometheuses/status',
          'servicemonitors',
          'alertmanagers',
          'alertmanagers/finalizers',
          'alertmanagers/status',
        ],
      },
      { verbs: ['*'], groups: ['apps'], resources: ['statefulsets'] },
      { verbs: ['*'], groups: [''], resources: ['configmaps', 'secrets'] },
    ]),
    ...account('prometheus', [{ verbs: read, groups: [''], resources: ['nodes', 'services', 'endpoints', 'pods'] }]),
    workload('Deployment', 'prometheus-operator', {
      account: 'prometheus-operator',
      image: 'quay.io/prometheus-operator/prometheus-operator:v0.85.0',
    }),
    service('prometheus-operator'),
    webhooks('Validating', 'prometheus-admission', [
      {
        policy: 'Ignore',
        operations: ['CREATE', 'UPDATE'],
        groups: [group],
        resources: ['prometheusrules'],
        service: 'prometheus-operator',
      },
    ]),
    object(`${group}/v1`, 'Prometheus', 'main', { spec: { serviceAccountName: 'prometheus' } }),
    object(`${group}/v1`, 'ServiceMonitor', 'main', { spec: {} }),
    ...account(
      'prometheus-admission',
      [{ verbs: ['get', 'update'], groups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations'] }],
      patch,
    ),
    hookJob('prometheus-admission-create', patch, {
      account: 'prometheus-admission',
      image: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.0',
    }),
  ];
}

export function prometheusCrds(): KubernetesObject[] {
  return ['Prometheus', 'ServiceMonitor', 'Alertmanager', 'PrometheusRule'].map((kind) => crd('monitoring.coreos.com', kind));
}

/** Accounts for Pods that only the operator makes; its definitions among the templates. */
export function rook(): KubernetesObject[] {
  const group = 'ceph.rook.io';
  return [
    crd(group, 'CephCluster', { keep: true }),
    crd(group, 'CephBlockPool', { keep: true }),
    ...account('rook-ceph-system', [
      {
        verbs: all,
        groups: [group],
        resources: [
          'cephclusters',
          'cephclusters/finalizers',
          'cephclusters/status',
          'cephblockpools',
          'cephblockpools/finalizers',
          'cephblockpools/status',
        ],
      },
      { verbs: all, groups: ['apps'], resources: ['deployments', 'daemonsets'] },
    ]),
    ...account('rook-ceph-osd', [{ verbs: ['get', 'list', 'update', 'delete'], groups: ['apps'], resources: ['deployments'] }]),
    workload('Deployment', 'rook-ceph-operator', { account: 'rook-ceph-system', image: 'docker.io/rook/ceph:v1.17.0' }),
  ];
}

/**
 * The operator, its custom resource in the release, and a pre-delete hook that removes it and waits; tolerations for a
 * network that is going.
 */
export function tigeraOperator(): KubernetesObject[] {
  const group = 'operator.tigera.io';
  const everywhere = { tolerations: [{ operator: 'Exists' }] };
  const before = hook('pre-delete', { policies: 'hook-succeeded' });
  return [
    ...account('tigera-operator', [
      { verbs: all, groups: [group], resources: ['installations', 'installations/finalizers', 'installations/status'] },
      { verbs: all, groups: ['apps'], resources: ['deployments', 'daemonsets'] },
    ]),
    workload('Deployment', 'tigera-operator', {
      account: 'tigera-operator',
      image: 'quay.io/tigera/operator:v1.38.0',
      spec: everywhere,
    }),
    cluster(`${group}/v1`, 'Installation', 'default', { spec: {} }, { finalizers: ['tigera.io/operator-cleanup'] }),
    ...account(
      'tigera-operator-uninstall',
      [{ verbs: ['get', 'list', 'watch', 'delete'], groups: [group], resources: ['installations'] }],
      before,
    ),
    hookJob('tigera-operator-uninstall', before, {
      account: 'tigera-operator-uninstall',
      image: 'quay.io/tigera/operator:v1.38.0',
      container: { command: ['operator'], args: ['-pre-delete'] },
    }),
  ];
}

export function tigeraCrds(): KubernetesObject[] {
  return [crd('operator.tigera.io', 'Installation', { scope: 'Cluster' })];
}

/**
 * An uninstall hook of the chart's own image that does all the work, without a deadline; definitions among the
 * templates.
 */
export function longhorn(): KubernetesObject[] {
  const group = 'longhorn.io';
  return [
    ...['Volume', 'Engine', 'Replica'].map((kind) => crd(group, kind)),
    ...account('longhorn', [
      {
        verbs: ['*'],
        groups: [group],
        resources: ['volumes', 'volumes/status', 'engines', 'engines/status', 'replicas', 'replicas/status'],
      },
      { verbs: ['*'], groups: ['apps'], resources: ['daemonsets', 'deployments'] },
      { verbs: ['*'], groups: [''], resources: ['pods', 'nodes'] },
    ]),
    workload('DaemonSet', 'longhorn-manager', { account: 'longhorn', image: 'longhornio/longhorn-manager:v1.9.0' }),
    workload('Deployment', 'longhorn-ui', { account: 'longhorn', image: 'longhornio/longhorn-ui:v1.9.0' }),
    hookJob('longhorn-uninstall', hook('pre-delete', { policies: 'hook-succeeded' }), {
      account: 'longhorn',
      image: 'longhornio/longhorn-manager:v1.9.0',
      container: { command: ['longhorn-manager', 'uninstall', '--force'] },
    }),
  ];
}

/** A hook that deletes the definitions of another chart. */
export function gpuOperator(): KubernetesObject[] {
  const before = hook('pre-delete', { policies: 'hook-succeeded,before-hook-creation' });
  return [
    crd('nvidia.com', 'ClusterPolicy', { scope: 'Cluster', keep: true }),
    ...account('gpu-operator', [
      {
        verbs: all,
        groups: ['nvidia.com'],
        resources: ['clusterpolicies', 'clusterpolicies/finalizers', 'clusterpolicies/status'],
      },
      { verbs: all, groups: ['apps'], resources: ['daemonsets'] },
    ]),
    workload('Deployment', 'gpu-operator', { account: 'gpu-operator', image: 'nvcr.io/nvidia/gpu-operator:v25.3.0' }),
    cluster('nvidia.com/v1', 'ClusterPolicy', 'cluster-policy', { spec: {} }),
    ...account(
      'gpu-operator-cleanup',
      [{ verbs: ['get', 'list', 'delete'], groups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] }],
      before,
    ),
    hookJob('gpu-operator-cleanup-crd', before, {
      account: 'gpu-operator-cleanup',
      image: 'nvcr.io/nvidia/gpu-operator:v25.3.0',
      script:
        'kubectl delete crd clusterpolicies.nvidia.com; kubectl delete crd nodefeatures.nfd.k8s-sigs.io --ignore-not-found=true;',
    }),
  ];
}

/** Finalizers on nodes and custom resources, and definitions in the chart's crds/ directory. */
export function karpenter(): KubernetesObject[] {
  return [
    ...account('karpenter', [
      { verbs: all, groups: ['karpenter.sh'], resources: ['nodepools', 'nodepools/status', 'nodeclaims', 'nodeclaims/status'] },
      { verbs: ['get', 'list', 'watch', 'patch', 'delete', 'update'], groups: [''], resources: ['nodes'] },
      leader,
    ]),
    workload('Deployment', 'karpenter', { account: 'karpenter', image: 'public.ecr.aws/karpenter/controller:1.6.0' }),
    service('karpenter'),
  ];
}

export function karpenterCrds(): KubernetesObject[] {
  return ['NodePool', 'NodeClaim'].map((kind) => crd('karpenter.sh', kind, { scope: 'Cluster' }));
}

/**
 * Kinds of the API's own group through CRDs in crds/; finalizers through `finalizers` rights; a webhook for conversion.
 */
export function elasticOperator(): KubernetesObject[] {
  const group = 'elasticsearch.k8s.elastic.co';
  return [
    crd(group, 'Elasticsearch', {
      spec: {
        versions: ['v1', 'v1beta1'].map((name) => ({
          name,
          served: true,
          storage: name === 'v1',
          schema: { openAPIV3Schema: { type: 'object' } },
        })),
        conversion: { strategy: 'None' },
      },
    }),
    ...account('elastic-operator', [
      { verbs: all, groups: [group], resources: ['elasticsearches', 'elasticsearches/status', 'elasticsearches/finalizers'] },
      { verbs: all, groups: ['apps'], resources: ['statefulsets', 'deployments', 'daemonsets'] },
      { verbs: all, groups: [''], resources: ['secrets', 'services', 'persistentvolumeclaims'] },
      leader,
    ]),
    workload('StatefulSet', 'elastic-operator', {
      account: 'elastic-operator',
      image: 'docker.elastic.co/eck/eck-operator:3.1.0',
    }),
    service('elastic-webhook-server', 'elastic-operator'),
    webhooks('Validating', 'elastic-webhook', [
      {
        policy: 'Ignore',
        operations: ['CREATE', 'UPDATE'],
        groups: [group],
        resources: ['elasticsearches'],
        service: 'elastic-webhook-server',
      },
    ]),
  ];
}

/** A control plane whose webhook on Pods refuses while it is down, and whose validation flips to Fail at run time. */
export function istiod(): KubernetesObject[] {
  return [
    ...account('istiod', [
      {
        verbs: ['get', 'list', 'watch', 'update', 'patch'],
        groups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      },
      { verbs: read, groups: ['networking.istio.io', 'security.istio.io'], resources: ['*'] },
      { verbs: ['create'], groups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
    ]),
    workload('Deployment', 'istiod', { account: 'istiod', image: 'docker.io/istio/pilot:1.27.0' }),
    service('istiod'),
    webhooks('Mutating', 'istio-sidecar-injector', [
      {
        policy: 'Fail',
        operations: ['CREATE'],
        groups: [''],
        resources: ['pods'],
        service: 'istiod',
        more: { namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } } },
      },
    ]),
    webhooks('Validating', 'istio-validator', [
      {
        policy: 'Ignore',
        operations: ['CREATE', 'UPDATE'],
        groups: ['networking.istio.io'],
        resources: ['*'],
        service: 'istiod',
      },
    ]),
  ];
}

/** A conversion webhook on its definitions, which the chart keeps not. */
export function externalSecrets(): KubernetesObject[] {
  const group = 'external-secrets.io';
  const versions = ['v1', 'v1beta1'].map((name) => ({
    name,
    served: true,
    storage: name === 'v1',
    schema: { openAPIV3Schema: { type: 'object' } },
  }));
  const conversion = {
    strategy: 'Webhook',
    webhook: {
      conversionReviewVersions: ['v1'],
      clientConfig: { service: { name: 'external-secrets-webhook', namespace: 'shop', path: '/convert' } },
    },
  };
  return [
    crd(group, 'ExternalSecret', { spec: { versions, conversion } }),
    ...account('external-secrets', [
      {
        verbs: ['get', 'list', 'watch', 'update', 'patch'],
        groups: [group],
        resources: ['externalsecrets', 'externalsecrets/status', 'externalsecrets/finalizers'],
      },
      { verbs: all, groups: [''], resources: ['secrets'] },
    ]),
    object('v1', 'ServiceAccount', 'external-secrets-webhook'),
    workload('Deployment', 'external-secrets', {
      account: 'external-secrets',
      image: 'oci.external-secrets.io/external-secrets/external-secrets:v0.20.0',
    }),
    workload('Deployment', 'external-secrets-webhook', {
      account: 'external-secrets-webhook',
      image: 'oci.external-secrets.io/external-secrets/external-secrets:v0.20.0',
    }),
    service('external-secrets-webhook'),
    webhooks('Validating', 'externalsecret-validate', [
      {
        policy: 'Fail',
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        groups: [group],
        resources: ['externalsecrets'],
        service: 'external-secrets-webhook',
      },
    ]),
  ];
}

/** A post-delete hook that runs as the account of the release, which is gone by then. */
export function velero(): KubernetesObject[] {
  const after = hook('post-delete', { policies: 'before-hook-creation,hook-succeeded' });
  return [
    ...account('velero-server', [{ verbs: ['*'], groups: ['*'], resources: ['*'] }]),
    workload('Deployment', 'velero', {
      account: 'velero-server',
      image: 'velero/velero:v1.16.0',
      spec: { terminationGracePeriodSeconds: 3600 },
    }),
    hookJob('velero-cleanup-crds', after, {
      account: 'velero-server',
      image: 'docker.io/bitnami/kubectl:1.33',
      container: { args: ['delete', 'crd', 'backups.velero.io', 'restores.velero.io', '--ignore-not-found'] },
    }),
  ];
}

/** Accounts of the installation's hooks that nobody takes away. */
export function argoCd(): KubernetesObject[] {
  const init = hook('pre-install,pre-upgrade', { policies: 'before-hook-creation' });
  return [
    ...['Application', 'AppProject'].map((kind) => crd('argoproj.io', kind, { keep: true })),
    ...account('argocd-application-controller', [{ verbs: ['*'], groups: ['*'], resources: ['*'] }]),
    workload('StatefulSet', 'argocd-application-controller', {
      account: 'argocd-application-controller',
      image: 'quay.io/argoproj/argocd:v3.1.0',
    }),
    ...account('argocd-redis-secret-init', [{ verbs: ['create', 'get'], groups: [''], resources: ['secrets'] }], init),
    hookJob('argocd-redis-secret-init', init, {
      account: 'argocd-redis-secret-init',
      image: 'quay.io/argoproj/argocd:v3.1.0',
      container: { command: ['argocd', 'admin', 'redis-initial-password'] },
    }),
  ];
}
