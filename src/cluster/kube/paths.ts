/** URLs of the Kubernetes API, built in one place so that no name is ever pasted into one unescaped. */
import { BookendError } from '../../errors.ts';
import { describeRef } from '../../objects/identity.ts';
import type { ObjectRef } from '../../objects/object.ts';
import type { KindInfo } from '../port.ts';

export type Parameters = Record<string, string | number | boolean | undefined>;

/** The objects of a kind: in one namespace, or (absent) in all of them. The namespace is ignored for cluster-scoped kinds. */
export function collectionPath(kind: KindInfo, namespace: string | undefined, parameters: Parameters = {}): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.resource}${search(parameters)}`;
}

/** Where one new object is created. @throws `invalid` when its kind needs a namespace and it names none. */
export function creationPath(kind: KindInfo, ref: ObjectRef, parameters: Parameters = {}): string {
  requireNamespace(kind, ref);
  return collectionPath(kind, ref.namespace, parameters);
}

/** One object. @throws `invalid` when a namespace is needed and missing, or when the name cannot be part of a path. */
export function objectPath(kind: KindInfo, ref: ObjectRef, parameters: Parameters = {}, subresource?: string): string {
  requireNamespace(kind, ref);
  requireName(ref);
  const below = subresource ? `/${encodeURIComponent(subresource)}` : '';
  return `${collectionPath(kind, ref.namespace)}/${encodeURIComponent(ref.name)}${below}${search(parameters)}`;
}

/** `?a=b&c=d` of the parameters that have a value. */
export function search(parameters: Parameters): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
}

function requireNamespace(kind: KindInfo, ref: ObjectRef): void {
  if (!kind.namespaced || ref.namespace) return;
  const object = describeRef(ref);
  throw new BookendError('invalid', `${object} names no namespace, and its kind is namespaced`, {
    object,
    field: 'metadata.namespace',
  });
}

/** As apimachinery's `IsValidPathSegmentName`: such a name would reach another URL than the one meant. */
function requireName(ref: ObjectRef): void {
  if (ref.name !== '' && ref.name !== '.' && ref.name !== '..' && !/[/%]/.test(ref.name)) return;
  const object = describeRef(ref);
  throw new BookendError('invalid', `${object}: ${JSON.stringify(ref.name)} cannot be the name of an object`, {
    object,
    field: 'metadata.name',
  });
}
