/** The command line of each component of a cluster, in the order in which they start. */
import { nodeName, type Specification, serverUrl } from './specification.ts';

export const componentNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
] as const;

export type ComponentName = (typeof componentNames)[number];

/** A component as it is started; written down beside its pid, so that exactly the same can be started again. */
export type Component = { name: ComponentName; program: string; args: string[] };

export function components(specification: Specification): Record<ComponentName, Component> {
  const { programs, paths, flags: own = {} } = specification;
  const kubernetes = (name: ComponentName, flags: Flags): Component => ({
    name,
    program: `${programs.kubernetes}/${name}`,
    args: render({ ...flags, ...own[name] }),
  });
  return {
    etcd: kubernetes('etcd', etcd(specification)),
    containerd: {
      name: 'containerd',
      program: `${programs.containerd}/containerd`,
      args: ['--config', `${paths.configuration}/containerd.toml`],
    },
    'kube-apiserver': kubernetes('kube-apiserver', apiServer(specification)),
    'kube-controller-manager': kubernetes('kube-controller-manager', controllerManager(specification)),
    'kube-scheduler': kubernetes('kube-scheduler', scheduler(specification)),
    kubelet: kubernetes('kubelet', kubelet(specification)),
    'kube-proxy': kubernetes('kube-proxy', { config: `${paths.configuration}/kube-proxy.yaml` }),
    coredns: { name: 'coredns', program: `${programs.coredns}/coredns`, args: ['-conf', `${paths.configuration}/Corefile`] },
  };
}

type Flags = Record<string, string>;

function render(flags: Flags): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

const etcdAddress = 'http://127.0.0.1:2379';
const etcdPeerAddress = 'http://127.0.0.1:2380';

/** etcd listens only inside the cluster's network namespace. */
function etcd({ name, paths }: Specification): Flags {
  return {
    name,
    'data-dir': paths.etcd,
    'listen-client-urls': etcdAddress,
    'advertise-client-urls': etcdAddress,
    'listen-peer-urls': etcdPeerAddress,
    'initial-advertise-peer-urls': etcdPeerAddress,
    'initial-cluster': `${name}=${etcdPeerAddress}`,
    // Data need to survive a killed process, not a machine without power: waiting for the disk would only slow
    // everything down.
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
  };
}

function apiServer({ paths, subnet }: Specification): Flags {
  const pki = (file: string) => `${paths.pki}/${file}`;
  return {
    'advertise-address': subnet.nodeAddress,
    'secure-port': '6443',
    'allow-privileged': 'true',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'client-ca-file': pki('ca.crt'),
    'tls-cert-file': pki('kube-apiserver.crt'),
    'tls-private-key-file': pki('kube-apiserver.key'),
    'etcd-servers': etcdAddress,
    'service-cluster-ip-range': subnet.serviceRange,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': pki('service-accounts.pub'),
    'service-account-signing-key-file': pki('service-accounts.key'),
    'kubelet-certificate-authority': pki('ca.crt'),
    'kubelet-client-certificate': pki('kube-apiserver-kubelet-client.crt'),
    'kubelet-client-key': pki('kube-apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': pki('front-proxy-client.crt'),
    'proxy-client-key-file': pki('front-proxy-client.key'),
    // Twice the defaults, so that measurements see the client's limits; priority and fairness stay as they are.
    'max-requests-inflight': '800',
    'max-mutating-requests-inflight': '400',
    'audit-policy-file': `${paths.configuration}/audit.yaml`,
    'audit-log-path': paths.audit,
    // In MB: enough for everything that the tests do, and no more than that on the disk.
    'audit-log-maxsize': '50',
    'audit-log-maxbackup': '2',
  };
}

function controllerManager({ paths, subnet }: Specification): Flags {
  const kubeconfig = `${paths.configuration}/kube-controller-manager.kubeconfig`;
  return {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'client-ca-file': `${paths.pki}/ca.crt`,
    'requestheader-client-ca-file': `${paths.pki}/front-proxy-ca.crt`,
    'root-ca-file': `${paths.pki}/ca.crt`,
    'cluster-signing-cert-file': `${paths.pki}/ca.crt`,
    'cluster-signing-key-file': `${paths.pki}/ca.key`,
    'service-account-private-key-file': `${paths.pki}/service-accounts.key`,
    'use-service-account-credentials': 'true',
    'service-cluster-ip-range': subnet.serviceRange,
    'cluster-name': 'kubernetes',
    // Each controller asks for its own account's token at the start, some 150 requests in all: with the default burst
    // of 30 and 20 a second that alone takes five seconds. The rate that lasts stays as it is.
    'kube-api-burst': '200',
    'leader-elect': 'false',
  };
}

function scheduler({ paths }: Specification): Flags {
  const kubeconfig = `${paths.configuration}/kube-scheduler.kubeconfig`;
  return { kubeconfig, 'authentication-kubeconfig': kubeconfig, 'authorization-kubeconfig': kubeconfig, 'leader-elect': 'false' };
}

function kubelet(specification: Specification): Flags {
  const { paths, subnet } = specification;
  return {
    config: `${paths.configuration}/kubelet.yaml`,
    kubeconfig: `${paths.configuration}/kubelet.kubeconfig`,
    'root-dir': paths.kubelet,
    'cert-dir': `${paths.kubelet}/pki`,
    'hostname-override': nodeName(specification),
    'node-ip': subnet.nodeAddress,
  };
}

/**
 * The users of the cluster that have a kubeconfig, with the certificate that each presents and where each finds the API
 * server.
 */
export function clients(specification: Specification) {
  const { paths, subnet } = specification;
  const server = serverUrl(subnet);
  const components = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'coredns'];
  return [
    ...components.map((name) => ({ certificate: name, server, file: `${paths.configuration}/${name}.kubeconfig` })),
    { certificate: 'admin', server, file: paths.kubeconfig },
  ];
}
