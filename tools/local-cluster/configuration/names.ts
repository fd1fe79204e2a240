/** The names inside the cluster: CoreDNS, which Pods ask at the node's own address. */
import { namesReadyPort, type Specification } from './specification.ts';

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
