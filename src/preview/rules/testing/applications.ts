/** Charts without an operator, of which there is nothing to be said, or little: the rules must know to be silent. */
import type { KubernetesObject } from '../../../objects/object.ts';
import { account, all, cluster, hook, hookJob, leader, may, object, read, service, workload } from './pieces.ts';

/** A web application that waits before it ends, and a test of its own. */
export function application(): KubernetesObject[] {
  return [
    object('v1', 'ServiceAccount', 'web', { automountServiceAccountToken: false }),
    workload('Deployment', 'web', {
      account: 'web',
      container: { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 15'] } } } },
    }),
    service('web'),
    object('v1', 'ConfigMap', 'web', { data: { a: 'b' } }),
    object('networking.k8s.io/v1', 'Ingress', 'web', {
      spec: {
        rules: [
          { http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 443 } } } }] } },
        ],
      },
    }),
    object(
      'v1',
      'Pod',
      'web-test',
      { spec: { restartPolicy: 'Never', containers: [{ name: 'wget', image: 'busybox', command: ['wget', 'web'] }] } },
      hook('test'),
    ),
  ];
}

/** A node's part of a CSI driver: rights to patch nodes, no hook, and a controller with leader election. */
export function csiDriver(): KubernetesObject[] {
  return [
    ...account('csi-node', [may('get patch', '', 'nodes')]),
    ...account('csi-controller', [may(all, '', 'persistentvolumes'), leader]),
    workload('DaemonSet', 'csi-node', {
      account: 'csi-node',
      spec: { tolerations: [{ operator: 'Exists' }], hostNetwork: true },
    }),
    workload('Deployment', 'csi-controller', { account: 'csi-controller' }),
    cluster('storage.k8s.io/v1', 'CSIDriver', 'csi.example.com', { spec: { attachRequired: true } }),
  ];
}

/** A network plugin: writes nodes' status, ends at once. */
export function cniPlugin(): KubernetesObject[] {
  return [
    ...account('cni', [may('patch', '', 'nodes/status'), may(read, '', 'pods nodes')]),
    workload('DaemonSet', 'cni', {
      account: 'cni',
      spec: { tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 1 },
    }),
  ];
}

/** Leader election and nothing more, with a hook that shuts it down by signal. */
export function elected(): KubernetesObject[] {
  return [
    ...account('elected', [leader, may('create patch', '', 'events')]),
    workload('Deployment', 'elected', {
      account: 'elected',
      container: { lifecycle: { preStop: { exec: { command: ['/shutdown.sh'] } } } },
    }),
  ];
}

/** The adapter that the API server asks for metrics: an APIService in Helm's own order. */
export function metricsServer(): KubernetesObject[] {
  return [
    ...account('metrics-server', [may(read, '', 'nodes pods')]),
    workload('Deployment', 'metrics-server', { account: 'metrics-server' }),
    service('metrics-server'),
    cluster('apiregistration.k8s.io/v1', 'APIService', 'v1beta1.metrics.k8s.io', {
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: 'metrics-server', namespace: 'shop' },
      },
    }),
  ];
}

/** An ingress controller: its certificates are made by hooks that clean up, its hook waits for connections. */
export function ingressController(): KubernetesObject[] {
  const patch = hook('pre-install,pre-upgrade', { policies: 'before-hook-creation,hook-succeeded' });
  return [
    ...account('ingress', [
      may('update', 'networking.k8s.io', 'ingresses/status'),
      may(read, 'networking.k8s.io', 'ingresses'),
      leader,
    ]),
    workload('Deployment', 'ingress', {
      account: 'ingress',
      spec: { terminationGracePeriodSeconds: 300 },
      container: { lifecycle: { preStop: { exec: { command: ['/wait-shutdown'] } } } },
    }),
    service('ingress'),
    cluster('networking.k8s.io/v1', 'IngressClass', 'nginx', { spec: { controller: 'k8s.io/ingress-nginx' } }),
    ...account(
      'ingress-admission',
      [may('get update', 'admissionregistration.k8s.io', 'validatingwebhookconfigurations')],
      patch,
    ),
    hookJob('ingress-admission-create', patch, {
      account: 'ingress-admission',
      image: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.0',
    }),
  ];
}

/** A node agent whose hook takes a label off its node with a script of the image. */
export function nodeLabeller(): KubernetesObject[] {
  return [
    ...account('labeller', [may('get patch', '', 'nodes')]),
    workload('DaemonSet', 'labeller', {
      account: 'labeller',
      container: { lifecycle: { preStop: { exec: { command: ['bash', '-c', '/opt/labeller/scripts/deploy.sh cleanup'] } } } },
    }),
  ];
}
