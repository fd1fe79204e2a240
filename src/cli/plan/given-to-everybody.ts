/**
 * What Kubernetes itself puts everywhere or binds to everybody. Every Pod needs it, and nobody asks for it: told in
 * JSON, counted in text, left out of diagrams.
 */
import type { ObjectId } from '../../objects/identity.ts';

export function isGivenToEverybody(id: ObjectId): boolean {
  return /^ClusterRole(Binding)?\.rbac\.authorization\.k8s\.io\/system:|^ConfigMap\/[^/]+\/kube-root-ca\.crt$/.test(id);
}
