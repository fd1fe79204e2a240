/** Which kinds a preview reads, and how much of each. */
import type { KindInfo, Query } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { podKind, workloadKinds } from '../teardown/kinds.ts';
import { bodiless, type Reader } from './reader.ts';

const registration = 'admissionregistration.k8s.io';
const rbac = 'rbac.authorization.k8s.io';

/**
 * Read in the whole cluster: what rules over everybody. Each is small or few; roles and bindings are needed to know who
 * may do what.
 */
const everywhere = [
  ['', 'Namespace'],
  ['', 'Node'],
  ['apiextensions.k8s.io', 'CustomResourceDefinition'],
  ['apiregistration.k8s.io', 'APIService'],
  ...[
    ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy'],
    ...['ValidatingAdmissionPolicyBinding', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'],
  ].map((kind) => [registration, kind] as const),
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map((kind) => [rbac, kind] as const),
] as const;

export function clusterWide(reader: Reader): Query[] {
  return everywhere.flatMap(([group, kind]) => asQuery(reader.kind(group, kind)));
}

/**
 * Whole objects of what runs in a namespace, and of what stands in front of it. @param namespace absent: in all of them
 */
export function whatRuns(reader: Reader, namespace: string | undefined): Query[] {
  const kinds = [podKind, ...workloadKinds, ...['Service', 'ServiceAccount', 'PersistentVolumeClaim'].map(core)];
  return kinds
    .filter(({ apiVersion, kind }) => reader.kinds.some((each) => each.apiVersion === apiVersion && each.kind === kind))
    .map((kind) => ({ ...kind, ...(namespace !== undefined && { namespace }) }));
}

/**
 * Everything else that can be listed in a namespace: whole where rules read the body, metadata of the rest.
 * @param whole false: metadata is enough, these are looked through for children only
 */
export function contentOf(reader: Reader, namespace: string | undefined, whole: boolean): Query[] {
  const read = new Set([...whatRuns(reader, namespace), ...clusterWide(reader)].map(({ apiVersion, kind }) => apiVersion + kind));
  return reader.kinds
    .filter((kind) => kind.namespaced && mayMatter(kind) && !read.has(kind.apiVersion + kind.kind))
    .flatMap((kind) => asQuery(kind, namespace, !whole || isBodiless(kind)));
}

/**
 * Classes are named by objects of any namespace: where one is to go, everything is looked through that could name it.
 */
export function usersOfClasses(reader: Reader, given: readonly KubernetesObject[]): Query[] {
  const kinds = new Set(given.flatMap(({ kind }) => usersOf[kind] ?? []));
  return reader.kinds.filter(({ group, kind }) => isBuiltInGroup(group) && kinds.has(kind)).flatMap((kind) => asQuery(kind));
}

const usersOf: Readonly<Record<string, readonly string[]>> = {
  StorageClass: ['PersistentVolumeClaim', 'PersistentVolume'],
  PriorityClass: ['Pod'],
  RuntimeClass: ['Pod'],
  IngressClass: ['Ingress'],
};

/** Metadata of all kinds without a namespace that nobody else reads. */
export function clusterScoped(reader: Reader): Query[] {
  const read = new Set(clusterWide(reader).map(({ apiVersion, kind }) => apiVersion + kind));
  const others = reader.kinds.filter((kind) => !kind.namespaced && mayMatter(kind) && !read.has(kind.apiVersion + kind.kind));
  return others.flatMap((kind) => asQuery(kind, undefined, !wholeWhereScoped.has(kind.kind)));
}

/** Few, and their bodies say what they belong to: a volume its claim, a class its provisioner. */
const wholeWhereScoped = new Set([
  'PersistentVolume',
  'StorageClass',
  'IngressClass',
  'PriorityClass',
  'RuntimeClass',
  'ClusterOperator',
]);

/** Kinds without a life of their own, or that controllers make and remove by the thousand. */
const passing = new Set([
  'Event',
  'Endpoints',
  'EndpointSlice',
  'Lease',
  'ComponentStatus',
  'PodMetrics',
  'NodeMetrics',
  'CSINode',
  'FlowSchema',
  'PriorityLevelConfiguration',
  'IPAddress',
  'CertificateSigningRequest',
]);

function mayMatter({ kind, verbs }: KindInfo): boolean {
  return verbs.includes('list') && !passing.has(kind);
}

function isBodiless({ group, kind }: KindInfo): boolean {
  return !isBuiltInGroup(group) || bodiless.has(`${group}/${kind}`);
}

function asQuery(kind: KindInfo | undefined, namespace?: string, metadataOnly = false): Query[] {
  if (!kind?.verbs.includes('list')) return [];
  const { apiVersion } = kind;
  return [{ apiVersion, kind: kind.kind, ...(namespace !== undefined && { namespace }), ...(metadataOnly && { metadataOnly }) }];
}

function core(kind: string) {
  return { apiVersion: 'v1', kind };
}
