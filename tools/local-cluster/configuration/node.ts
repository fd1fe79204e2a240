/** The kubelet's and kube-proxy's configuration files. */
import { stringify } from 'yaml';
import { nodeName, type Specification } from './specification.ts';

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
