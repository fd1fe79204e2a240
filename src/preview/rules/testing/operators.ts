/** Charts of well-known operators: what an uninstall stumbles over, in their structure and our words. */
import type { KubernetesObject } from '../../../objects/object.ts';
import {
  account,
  all,
  cluster,
  crd,
  gate,
  hook,
  hookJob,
  leader,
  may,
  object,
  program,
  read,
  service,
  webhooks,
  workload,
} from './pieces.ts';

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
      may(
        all,
        group,
        'vmagents vmagents/finalizers vmsingles vmsingles/finalizers vmclusters vmclusters/finalizers vmrules vmrules/finalizers',
      ),
      may(all, 'apps', 'deployments statefulsets daemonsets'),
      may(all, '', 'services secrets serviceaccounts persistentvolumeclaims'),
      leader,
    ]),
    program('Deployment', 'vm-operator', 'victoriametrics/operator:v0.60.0'),
    service('vm-operator'),
    webhooks('Validating', 'vm-operator', [gate('Fail', 'CREATE UPDATE', group, '*', 'vm-operator')]),
    ...account('vm-cleanup', [may('get list watch delete', group, '*')], cleanup),
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
  const entry = gate('Fail', 'CREATE UPDATE', `${group} acme.cert-manager.io`, '*/*', 'cert-manager-webhook');
  return [
    ...['Certificate', 'CertificateRequest', 'Issuer'].map((kind) => crd(group, kind, { keep: true })),
    crd(group, 'ClusterIssuer', { scope: 'Cluster', keep: true }),
    ...account('cert-manager', [
      may('update patch', group, 'certificates/status certificaterequests/status certificates/finalizers'),
      may(all, group, 'certificates certificaterequests issuers clusterissuers'),
      may(all, '', 'secrets events'),
      leader,
    ]),
    ...account('cert-manager-cainjector', [
      may(
        'get list watch update patch',
        'admissionregistration.k8s.io',
        'validatingwebhookconfigurations mutatingwebhookconfigurations',
      ),
      leader,
    ]),
    object('v1', 'ServiceAccount', 'cert-manager-webhook'),
    program('Deployment', 'cert-manager', 'quay.io/jetstack/cert-manager-controller:v1.18.0'),
    program('Deployment', 'cert-manager-cainjector', 'quay.io/jetstack/cert-manager-cainjector:v1.18.0'),
    program('Deployment', 'cert-manager-webhook', 'quay.io/jetstack/cert-manager-webhook:v1.18.0'),
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
      may(all, 'admissionregistration.k8s.io', 'mutatingwebhookconfigurations validatingwebhookconfigurations'),
      may(all, group, 'policies policies/status clusterpolicies clusterpolicies/status'),
      leader,
    ]),
    program('Deployment', 'kyverno-admission-controller', 'reg.kyverno.io/kyverno/kyverno:v1.15.0'),
    service('kyverno-svc', 'kyverno-admission-controller'),
    ...account('kyverno-remove', [may('get list patch update', 'apps', 'deployments deployments/scale')], before),
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
      may(all, 'templates.gatekeeper.sh constraints.gatekeeper.sh', '*'),
      may(all, 'apiextensions.k8s.io', 'customresourcedefinitions'),
    ]),
    workload('Deployment', 'gatekeeper-controller-manager', {
      account: 'gatekeeper-admin',
      image: 'openpolicyagent/gatekeeper:v3.20.0',
      spec: { terminationGracePeriodSeconds: 60 },
    }),
    service('gatekeeper-webhook-service', 'gatekeeper-controller-manager'),
    webhooks('Validating', 'gatekeeper-validating-webhook-configuration', [
      gate('Ignore', 'CREATE UPDATE DELETE', '*', '*', 'gatekeeper-webhook-service'),
      gate('Fail', 'CREATE UPDATE', '', 'namespaces', 'gatekeeper-webhook-service', {
        more: { namespaceSelector: { matchExpressions: [{ key: 'admission.gatekeeper.sh/ignore', operator: 'Exists' }] } },
      }),
    ]),
  ];
}

/** An APIService beside its backend, definitions among the templates, finalizers on ScaledObjects. */
export function keda(): KubernetesObject[] {
  return [
    crd('keda.sh', 'ScaledObject'),
    crd('keda.sh', 'ScaledJob'),
    ...account('keda-operator', [
      may(
        all,
        'keda.sh',
        'scaledobjects scaledobjects/finalizers scaledobjects/status scaledjobs scaledjobs/finalizers scaledjobs/status',
      ),
      may(all, 'autoscaling', 'horizontalpodautoscalers'),
    ]),
    program('Deployment', 'keda-operator', 'ghcr.io/kedacore/keda:2.17.0'),
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
      may(
        '*',
        group,
        'prometheuses prometheuses/finalizers prometheuses/status servicemonitors alertmanagers alertmanagers/finalizers alertmanagers/status',
      ),
      may('*', 'apps', 'statefulsets'),
      may('*', '', 'configmaps secrets'),
    ]),
    ...account('prometheus', [may(read, '', 'nodes services endpoints pods')]),
    program('Deployment', 'prometheus-operator', 'quay.io/prometheus-operator/prometheus-operator:v0.85.0'),
    service('prometheus-operator'),
    webhooks('Validating', 'prometheus-admission', [
      gate('Ignore', 'CREATE UPDATE', group, 'prometheusrules', 'prometheus-operator'),
    ]),
    object(`${group}/v1`, 'Prometheus', 'main', { spec: { serviceAccountName: 'prometheus' } }),
    object(`${group}/v1`, 'ServiceMonitor', 'main', { spec: {} }),
    ...account(
      'prometheus-admission',
      [may('get update', 'admissionregistration.k8s.io', 'validatingwebhookconfigurations')],
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
      may(
        all,
        group,
        'cephclusters cephclusters/finalizers cephclusters/status cephblockpools cephblockpools/finalizers cephblockpools/status',
      ),
      may(all, 'apps', 'deployments daemonsets'),
    ]),
    ...account('rook-ceph-osd', [may('get list update delete', 'apps', 'deployments')]),
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
      may(all, group, 'installations installations/finalizers installations/status'),
      may(all, 'apps', 'deployments daemonsets'),
    ]),
    program('Deployment', 'tigera-operator', 'quay.io/tigera/operator:v1.38.0', { spec: everywhere }),
    cluster(`${group}/v1`, 'Installation', 'default', { spec: {} }, { finalizers: ['tigera.io/operator-cleanup'] }),
    ...account('tigera-operator-uninstall', [may('get list watch delete', group, 'installations')], before),
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
      may('*', group, 'volumes volumes/status engines engines/status replicas replicas/status'),
      may('*', 'apps', 'daemonsets deployments'),
      may('*', '', 'pods nodes'),
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
      may(all, 'nvidia.com', 'clusterpolicies clusterpolicies/finalizers clusterpolicies/status'),
      may(all, 'apps', 'daemonsets'),
    ]),
    program('Deployment', 'gpu-operator', 'nvcr.io/nvidia/gpu-operator:v25.3.0'),
    cluster('nvidia.com/v1', 'ClusterPolicy', 'cluster-policy', { spec: {} }),
    ...account('gpu-operator-cleanup', [may('get list delete', 'apiextensions.k8s.io', 'customresourcedefinitions')], before),
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
      may(all, 'karpenter.sh', 'nodepools nodepools/status nodeclaims nodeclaims/status'),
      may('get list watch patch delete update', '', 'nodes'),
      leader,
    ]),
    program('Deployment', 'karpenter', 'public.ecr.aws/karpenter/controller:1.6.0'),
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
      may(all, group, 'elasticsearches elasticsearches/status elasticsearches/finalizers'),
      may(all, 'apps', 'statefulsets deployments daemonsets'),
      may(all, '', 'secrets services persistentvolumeclaims'),
      leader,
    ]),
    program('StatefulSet', 'elastic-operator', 'docker.elastic.co/eck/eck-operator:3.1.0'),
    service('elastic-webhook-server', 'elastic-operator'),
    webhooks('Validating', 'elastic-webhook', [
      gate('Ignore', 'CREATE UPDATE', group, 'elasticsearches', 'elastic-webhook-server'),
    ]),
  ];
}

/** A control plane whose webhook on Pods refuses while it is down, and whose validation flips to Fail at run time. */
export function istiod(): KubernetesObject[] {
  return [
    ...account('istiod', [
      may(
        'get list watch update patch',
        'admissionregistration.k8s.io',
        'mutatingwebhookconfigurations validatingwebhookconfigurations',
      ),
      may(read, 'networking.istio.io security.istio.io', '*'),
      may('create', 'authentication.k8s.io', 'tokenreviews'),
    ]),
    program('Deployment', 'istiod', 'docker.io/istio/pilot:1.27.0'),
    service('istiod'),
    webhooks('Mutating', 'istio-sidecar-injector', [
      gate('Fail', 'CREATE', '', 'pods', 'istiod', {
        more: { namespaceSelector: { matchLabels: { 'istio-injection': 'enabled' } } },
      }),
    ]),
    webhooks('Validating', 'istio-validator', [gate('Ignore', 'CREATE UPDATE', 'networking.istio.io', '*', 'istiod')]),
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
      may('get list watch update patch', group, 'externalsecrets externalsecrets/status externalsecrets/finalizers'),
      may(all, '', 'secrets'),
    ]),
    object('v1', 'ServiceAccount', 'external-secrets-webhook'),
    program('Deployment', 'external-secrets', 'oci.external-secrets.io/external-secrets/external-secrets:v0.20.0'),
    program('Deployment', 'external-secrets-webhook', 'oci.external-secrets.io/external-secrets/external-secrets:v0.20.0'),
    service('external-secrets-webhook'),
    webhooks('Validating', 'externalsecret-validate', [
      gate('Fail', 'CREATE UPDATE DELETE', group, 'externalsecrets', 'external-secrets-webhook'),
    ]),
  ];
}

/** A post-delete hook that runs as the account of the release, which is gone by then. */
export function velero(): KubernetesObject[] {
  const after = hook('post-delete', { policies: 'before-hook-creation,hook-succeeded' });
  return [
    ...account('velero-server', [may('*', '*', '*')]),
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
    ...account('argocd-application-controller', [may('*', '*', '*')]),
    program('StatefulSet', 'argocd-application-controller', 'quay.io/argoproj/argocd:v3.1.0'),
    ...account('argocd-redis-secret-init', [may('create get', '', 'secrets')], init),
    hookJob('argocd-redis-secret-init', init, {
      account: 'argocd-redis-secret-init',
      image: 'quay.io/argoproj/argocd:v3.1.0',
      container: { command: ['argocd', 'admin', 'redis-initial-password'] },
    }),
  ];
}
