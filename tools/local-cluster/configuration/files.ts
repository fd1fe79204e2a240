/** The configuration files that the components of Kubernetes and people read, and those of CoreDNS. */
import { stringify } from 'yaml';
import { namesReadyPort, nodeName, type Specification } from './specification.ts';

/** KubeletConfiguration (kubelet.config.k8s.io/v1beta1); what is not named has Kubernetes' own default. */
export function kubeletConfiguration({ paths, subnet }: Specification): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${paths.pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${paths.pki}/kubelet-server.crt`,
    tlsPrivateKeyFile: `${paths.pki}/kubelet-server.key`,
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    // Machines without systemd and with the older cgroups are served too.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${paths.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // The disk belongs to the machine: a nearly full one must not make the node refuse Pods.
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%', 'nodefs.inodesFree': '1%' },
    imageGCHighThresholdPercent: 100,
    maxPods: 250,
    oomScoreAdj: 0,
    podLogsDir: paths.podLogs,
    volumePluginDir: `${paths.kubelet}/volume-plugins`,
    clusterDomain: 'cluster.local',
    clusterDNS: [subnet.nodeAddress],
    resolvConf: `${paths.configuration}/resolv.conf`,
    registerNode: true,
    healthzBindAddress: subnet.nodeAddress,
  });
}

/** KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). */
export function proxyConfiguration(specification: Specification): string {
  const { paths, subnet } = specification;
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: `${paths.configuration}/kube-proxy.kubeconfig` },
    mode: 'nftables',
    hostnameOverride: nodeName(specification),
    clusterCIDR: subnet.podRange,
    // The limits of connection tracking belong to the machine.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
    healthzBindAddress: `${subnet.nodeAddress}:10256`,
  });
}

/**
 * CoreDNS's Corefile. A name that is not of the cluster does not exist, and is answered at once: nothing outside can be
 * reached.
 */
export function corefile({ paths, subnet }: Specification): string {
  return `.:53 {
  bind ${subnet.nodeAddress}
  ready ${subnet.nodeAddress}:${namesReadyPort}
  errors
  cache 5
  loadbalance
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${paths.configuration}/coredns.kubeconfig
    pods insecure
    ttl 5
    fallthrough in-addr.arpa ip6.arpa
  }
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}

export type KubeconfigInput = {
  /** The name of the cluster, the user and the context alike. */
  name: string;
  server: string;
  /** PEM texts; they are put into the file, so that it works from everywhere. */
  authority: string;
  certificate: string;
  key: string;
};

/** A kubeconfig with one context. It holds a private key: write it with mode 0600. */
export function kubeconfig({ name, server, authority, certificate, key }: KubeconfigInput): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

/** Bookend's own accounts are those of this namespace: the operator's, its hook's. */
const auditedGroup = 'system:serviceaccounts:bookend-system';

/**
 * audit.k8s.io/v1. Only metadata (who, what, on which object), once for each request when it is over; requests of
 * everybody else are left out. The user is the one who authenticated: what the operator does as another account is
 * written down as the operator's, with `impersonatedUser`.
 */
export function auditPolicy(): string {
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata', userGroups: [auditedGroup] }, { level: 'None' }],
  });
}
