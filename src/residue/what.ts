/** What a piece of residue is, from its kind and its place in the manifests. */
import { groupOf, parseId } from '../objects/identity.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import type { ResidueKind } from './receipt.ts';
import type { Place } from './release-facts.ts';
import type { SeenObject } from './snapshot.ts';

/** What a thing is. */
export function whatOf({ id, ref }: Pick<SeenObject, 'id' | 'ref'>, place: Place): ResidueKind {
  if (place === 'hook') return 'hook';
  if (place === 'definition') return 'definition';
  const { group, kind } = parseId(id);
  return byKind.get(`${group}/${kind}`) ?? (isBuiltInGroup(groupOf(ref.apiVersion)) ? 'object' : 'custom-resource');
}

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';
const byKind: ReadonlyMap<string, ResidueKind> = new Map([
  ['apiextensions.k8s.io/CustomResourceDefinition', 'definition'],
  [`${admission}/MutatingWebhookConfiguration`, 'webhook'],
  [`${admission}/ValidatingWebhookConfiguration`, 'webhook'],
  ['apiregistration.k8s.io/APIService', 'api-service'],
  ['/Secret', 'secret'],
  ['/ConfigMap', 'config-map'],
  ['coordination.k8s.io/Lease', 'lease'],
  ['/PersistentVolumeClaim', 'storage'],
  ['/PersistentVolume', 'storage'],
  [`${rbac}/Role`, 'access'],
  [`${rbac}/RoleBinding`, 'access'],
  [`${rbac}/ClusterRole`, 'access'],
  [`${rbac}/ClusterRoleBinding`, 'access'],
  ['/ServiceAccount', 'access'],
  ['/Namespace', 'namespace'],
]);
