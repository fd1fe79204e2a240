/**
 * What makes two descriptions the same object: API group, kind, namespace and name, never the version. As a string it
 * is both a key and something a person can read: `DaemonSet.apps/node-agent/agent`, `Secret/default/token`,
 * `Namespace/node-agent`.
 *
 * Object names never contain a slash (apimachinery `ValidatePathSegmentName`), so the string is unambiguous.
 */
import type { KubernetesObject, ObjectRef } from './object.ts';

declare const brand: unique symbol;
/**
 * `Kind.group/namespace/name`, without `.group` for the core group and without `namespace/` for cluster-scoped objects.
 */
export type ObjectId = string & { readonly [brand]: 'ObjectId' };

/** The API group of an apiVersion: `apps/v1` → `apps`, `v1` → ``. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The identity of a reference. */
export function idOfRef(ref: ObjectRef): ObjectId {
  return makeId(groupOf(ref.apiVersion), ref.kind, ref.namespace, ref.name);
}

/** The identity of an object. The object's namespace must be filled in already where its kind is namespaced. */
export function idOf(object: KubernetesObject): ObjectId {
  return makeId(groupOf(object.apiVersion), object.kind, object.metadata.namespace, object.metadata.name);
}

/** An identity from its parts. */
export function makeId(group: string, kind: string, namespace: string | undefined, name: string): ObjectId {
  const kindAndGroup = group === '' ? kind : `${kind}.${group}`;
  return (namespace ? `${kindAndGroup}/${namespace}/${name}` : `${kindAndGroup}/${name}`) as ObjectId;
}

/** An identity back into its parts. */
export function parseId(id: ObjectId): { group: string; kind: string; namespace?: string; name: string } {
  const slash = id.indexOf('/');
  const kindAndGroup = slash < 0 ? id : id.slice(0, slash);
  const dot = kindAndGroup.indexOf('.');
  const kind = dot < 0 ? kindAndGroup : kindAndGroup.slice(0, dot);
  const group = dot < 0 ? '' : kindAndGroup.slice(dot + 1);
  const rest = slash < 0 ? '' : id.slice(slash + 1);
  const second = rest.indexOf('/');
  return second < 0
    ? { group, kind, name: rest }
    : { group, kind, namespace: rest.slice(0, second), name: rest.slice(second + 1) };
}

/** A reference to an object, with its UID where it has one. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { name, namespace, uid } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace && { namespace }), ...(uid && { uid }) };
}

/** As people write it in a sentence: `DaemonSet node-agent/agent`. */
export function describeRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return ref.namespace ? `${ref.kind} ${ref.namespace}/${ref.name}` : `${ref.kind} ${ref.name}`;
}

/** As people write it in a sentence, from an identity. */
export function describeId(id: ObjectId): string {
  return describeRef(parseId(id));
}
