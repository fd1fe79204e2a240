/**
 * What a Namespace has without anybody asking for it: a controller puts these objects into every namespace, and writes
 * them back when they change. They belong to no release, nobody loses them, and they go with the namespace.
 *
 * - Kubernetes: ServiceAccount `default` (`pkg/controller/serviceaccount`) and ConfigMap `kube-root-ca.crt`
 *   (`pkg/controller/certificates/rootcacertpublisher`).
 * - OpenShift: ConfigMap `openshift-service-ca.crt` (service CA bundle).
 * - Istio: ConfigMap `istio-ca-root-cert` (istiod, and istio-csr of cert-manager).
 *
 * Only names count that nobody gives to something else. OpenShift's ServiceAccounts `builder` and `deployer`, Secrets
 * with the name of an old token (`default-token-x7k2p`) and the RoleBindings of Rancher's projects are not among them:
 * objects with such names may be anybody's.
 */
import { type ObjectId, parseId } from './identity.ts';

const configMaps: ReadonlySet<string> = new Set(['kube-root-ca.crt', 'openshift-service-ca.crt', 'istio-ca-root-cert']);

export function isNamespaceDefault(id: ObjectId): boolean {
  const { group, kind, name } = parseId(id);
  if (group !== '') return false;
  return (kind === 'ServiceAccount' && name === 'default') || (kind === 'ConfigMap' && configMaps.has(name));
}
