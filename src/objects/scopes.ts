/**
 * Whether a kind is namespaced, known without a cluster. Manifests get this wrong in both directions (a ClusterRole
 * with a namespace, a Deployment without one), and an object's identity depends on it.
 */
import { BookendError } from '../errors.ts';
import { fieldAt, isMap, listOf, textOf } from './fields.ts';
import { describeRef, groupOf } from './identity.ts';
import type { KubernetesObject } from './object.ts';

export type Scope = 'Namespaced' | 'Cluster';

/**
 * The scope of an object's kind: from the built-in kinds, from the CustomResourceDefinitions in the same set, or
 * undefined when neither knows it (then only discovery can tell).
 */
export function scopeOf(
  object: Pick<KubernetesObject, 'apiVersion' | 'kind'>,
  crdsInSet: readonly KubernetesObject[] = [],
): Scope | undefined {
  const group = groupOf(object.apiVersion);
  if (clusterScoped.has(`${group}/${object.kind}`)) return 'Cluster';
  if (isBuiltInGroup(group)) return 'Namespaced';
  const crd = crdsInSet.find((candidate) => crdServes(candidate, group, object.kind));
  const scope = crd && fieldAt(crd, 'spec', 'scope');
  return scope === 'Cluster' || scope === 'Namespaced' ? scope : undefined;
}

/** True when the object is a CustomResourceDefinition of this group and kind. */
function crdServes(crd: KubernetesObject, group: string, kind: string): boolean {
  return isCrd(crd) && fieldAt(crd, 'spec', 'group') === group && fieldAt(crd, 'spec', 'names', 'kind') === kind;
}

export function isCrd(object: KubernetesObject): boolean {
  return object.kind === 'CustomResourceDefinition' && groupOf(object.apiVersion) === 'apiextensions.k8s.io';
}

/** What a CustomResourceDefinition defines; empty where it does not say. */
export function definedBy(crd: KubernetesObject): { group: string; kind: string } {
  return { group: textOf(fieldAt(crd, 'spec', 'group')) ?? '', kind: textOf(fieldAt(crd, 'spec', 'names', 'kind')) ?? '' };
}

/** The groups of all definitions among these objects, without those of Kubernetes. */
export function groupsDefinedBy(objects: readonly KubernetesObject[]): Set<string> {
  return new Set(objects.filter(isCrd).flatMap((crd) => (isBuiltInGroup(definedBy(crd).group) ? [] : definedBy(crd).group)));
}

/**
 * True for the API groups that kube-apiserver serves itself. Many `*.k8s.io` groups (gateway, snapshot, metrics) are
 * not among them.
 */
export function isBuiltInGroup(group: string): boolean {
  return builtInGroups.has(group);
}

/**
 * The objects with their namespaces put right: filled in with `defaultNamespace` where a namespaced kind has none,
 * taken away where a cluster-scoped kind has one, and kept as they are where the scope is unknown (`scope` answers for
 * those, when given). Lists (`v1 List`, `ConfigMapList`) are replaced by their items. Empty fields of metadata
 * (`annotations:` with nothing behind it) are left out, as the API server does. Pure: changed objects are copies.
 * @throws BookendError bad-input when an item of a List is no object.
 */
export function normalise(
  objects: readonly KubernetesObject[],
  options: { defaultNamespace?: string; scope?: (object: KubernetesObject) => Scope | undefined } = {},
): KubernetesObject[] {
  const flat = objects.flatMap(itemsOf).map(withoutEmptyMetadata);
  const crds = flat.filter(isCrd);
  return flat.map((object) => withScope(object, scopeOf(object, crds) ?? options.scope?.(object), options.defaultNamespace));
}

/** Templates leave `annotations:` behind where there is nothing to write. */
function withoutEmptyMetadata(object: KubernetesObject): KubernetesObject {
  const fields = Object.entries(object.metadata);
  if (fields.every(([, value]) => value !== null)) return object;
  return { ...object, metadata: Object.fromEntries(fields.filter(([, value]) => value !== null)) as typeof object.metadata };
}

function withScope(object: KubernetesObject, scope: Scope | undefined, defaultNamespace: string | undefined): KubernetesObject {
  const namespace = textOf(object.metadata.namespace);
  if (scope === 'Cluster' && object.metadata.namespace !== undefined) {
    const { namespace: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
  if (scope === 'Namespaced' && namespace === undefined && defaultNamespace !== undefined) {
    return { ...object, metadata: { ...object.metadata, namespace: defaultNamespace } };
  }
  return object;
}

/**
 * The items of a List, each of them flattened too, or the object itself. Typed lists leave `apiVersion` and `kind` out
 * of their items.
 */
function itemsOf(object: KubernetesObject): KubernetesObject[] {
  if (!isList(object)) return [object];
  return listOf(object.items).flatMap((item, index) => {
    const itemKind = object.kind.slice(0, -'List'.length);
    if (!isMap(item) || !isMap(item.metadata)) {
      throw new BookendError('bad-input', `items[${index}] of a ${object.kind} is not an object`, { field: `items[${index}]` });
    }
    const typed = itemKind === '' ? item : { apiVersion: object.apiVersion, kind: itemKind, ...item };
    const { apiVersion, kind, metadata } = typed as Record<string, unknown>;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
      const name = textOf((metadata as Record<string, unknown>).name) ?? '?';
      throw new BookendError('bad-input', `items[${index}] of a ${object.kind} has no apiVersion or kind`, {
        object: describeRef({ kind: textOf(kind) ?? 'object', name }),
        field: `items[${index}].${typeof apiVersion === 'string' ? 'kind' : 'apiVersion'}`,
      });
    }
    return itemsOf(typed as KubernetesObject);
  });
}

/**
 * `v1` List is one always, even where a chart gives it a name. Any other List has items and no name: a custom resource
 * may have a kind that ends in List and `items` of its own, but always a name.
 */
function isList(object: KubernetesObject): boolean {
  if (object.apiVersion === 'v1' && object.kind === 'List') return Array.isArray(object.items) || (object.items ?? null) === null;
  return object.kind.endsWith('List') && Array.isArray(object.items) && !textOf(object.metadata?.name);
}

/** Groups served by kube-apiserver 1.35 to 1.37, and those that it served before and that old manifests still name. */
const builtInGroups = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Everything else in the built-in groups lives in a namespace. */
const clusterScoped = new Set([
  '/ComponentStatus',
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'authentication.k8s.io/SelfSubjectReview',
  'authentication.k8s.io/TokenReview',
  'authorization.k8s.io/SelfSubjectAccessReview',
  'authorization.k8s.io/SelfSubjectRulesReview',
  'authorization.k8s.io/SubjectAccessReview',
  'bookend.dev/ClusterOperator',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'internal.apiserver.k8s.io/StorageVersion',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policy/PodSecurityPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/DeviceTaintRule',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
  'storagemigration.k8s.io/StorageVersionMigration',
]);
