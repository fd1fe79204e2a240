/**
 * What every operation works with, the one way in which they reach a kind, and the URLs of the Kubernetes API, built
 * in one place so that no name is ever pasted into one unescaped.
 */
import { BookendError } from '../../errors.ts';
import { describeRef } from '../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { Impersonation, KindInfo, Query } from '../port.ts';
import type { Discovery } from './discovery.ts';
import { type Attempt, asStatus, errorOfAnswer, namesAnObject } from './errors.ts';
import type { Http, HttpAnswer } from './http.ts';

/** One cluster as one account. */
export type Access = {
  http: Http;
  discovery: Discovery;
  account?: Impersonation;
  /** How many objects a page of a list holds. */
  pageSize: number;
};

/**
 * Carries an exchange out on a kind. Discovery may be out of date: when the server does not know the kind's URL, it is
 * asked once more.
 *
 * @param exchange Must expect 404 and answer it.
 * @throws `not-found` when the cluster serves no such kind.
 */
export async function onKind(
  { discovery }: Access,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  exchange: (info: KindInfo) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const answer = await exchange(await knownKind(discovery, apiVersion, kind));
  if (!isKindUnknown(answer)) return answer;
  await discovery.refresh();
  const second = await exchange(await knownKind(discovery, apiVersion, kind));
  if (isKindUnknown(second)) throw kindNotServed(apiVersion, kind);
  return second;
}

/** @throws `not-found` when the cluster serves no such kind. */
export async function knownKind(discovery: Discovery, apiVersion: string, kind: string): Promise<KindInfo> {
  const info = await discovery.kind(apiVersion, kind);
  if (!info) throw kindNotServed(apiVersion, kind);
  return info;
}

/**
 * The object that an answer holds. @throws when the answer is an expected refusal that the caller could not use after
 * all.
 */
export function objectIn(answer: HttpAnswer, attempt: Attempt): KubernetesObject {
  if (answer.status >= 400) throw errorOfAnswer(attempt, answer.status, answer.body);
  const { kind, metadata } = answer.body as Partial<KubernetesObject>;
  if (kind && metadata) return answer.body as KubernetesObject;
  throw new BookendError('unreachable', `${attempt.target}: the answer to ${attempt.verb} is no Kubernetes object`, {
    status: answer.status,
    advice: 'Something between here and the API server answers in its place: check the address and the proxies.',
    ...(attempt.object && { object: attempt.object }),
  });
}

/** The attempt in words, on one object. */
export function attemptOn(access: Access, verb: string, ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): Attempt {
  // Reviews, and objects that the server is to name, have no name yet.
  const object = ref.name ? describeRef(ref) : ref.kind;
  return { verb, target: object, object, ...asAccount(access) };
}

/** The attempt in words, on many objects. */
export function attemptOnMany(access: Access, verb: string, { kind, apiVersion, namespace }: Query): Attempt {
  const where = namespace ? ` in namespace ${namespace}` : '';
  return { verb, target: `objects of kind ${kind} (${apiVersion})${where}`, ...asAccount(access) };
}

function asAccount({ account, http }: Access): { account?: string } {
  const user = (account ?? http.connection.impersonate)?.user;
  return user ? { account: user } : {};
}

function isKindUnknown({ status, body }: HttpAnswer): boolean {
  return status === 404 && !namesAnObject(body) && (typeof body === 'string' || asStatus(body).reason === 'NotFound');
}

function kindNotServed(apiVersion: string, kind: string): BookendError {
  return new BookendError('not-found', `The cluster serves no kind ${kind} in ${apiVersion}`, {
    status: 404,
    reason: 'KindNotServed',
    advice: 'Install its CustomResourceDefinition, or correct apiVersion and kind.',
  });
}

export type Parameters = Record<string, string | number | boolean | undefined>;

/**
 * The objects of a kind: in one namespace, or (absent) in all of them. The namespace is ignored for cluster-scoped
 * kinds.
 */
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
