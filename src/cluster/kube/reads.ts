/** Reading: one object, all objects of a kind (in pages, so that no answer has to be held in one piece), and logs. */
import { BookendError, isCode } from '../../errors.ts';
import { fieldAt, isMap, listOf, mapOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { GetOptions, KindInfo, Listing, Query } from '../port.ts';
import { type Access, attemptOn, attemptOnMany, collectionPath, objectIn, objectPath, onKind, search } from './access.ts';
import type { Attempt } from './errors.ts';

/** How often a list whose pages expired is begun anew before it is read in one piece. */
const restarts = 3;

/**
 * As `Cluster.list`. No resourceVersion is named: the first page is current, and its continue token keeps all others at
 * that same state. A token lives as long as etcd's history (5 minutes); a slower reader gets 410 and begins again.
 *
 * @param retryForMs Instead of the cluster's own.
 */
export async function listObjects(access: Access, query: Query, retryForMs?: number): Promise<Listing> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await readPages(access, query, attempt < restarts ? access.pageSize : undefined, retryForMs);
    } catch (error) {
      if (!isCode(error, 'gone') || attempt >= restarts) throw error;
    }
  }
}

/**
 * What the caller keeps of an object of a list or watch; undefined: nothing.
 * @param object as the server sent it
 */
export function keptOf(object: KubernetesObject, query: Query): KubernetesObject | undefined {
  const whole = asQueried(object, query);
  return query.keep ? query.keep(whole) : whole;
}

/**
 * What an object lacks or has too much: its own kind in a list or watch, and the body where only metadata was asked
 * for.
 */
export function asQueried(object: KubernetesObject, { apiVersion, kind, metadataOnly }: Query): KubernetesObject {
  // An API server that does not know PartialObjectMetadata sends the whole.
  if (metadataOnly) return { apiVersion, kind, metadata: object.metadata };
  object.apiVersion = apiVersion;
  object.kind = kind;
  return object;
}

/** The `Accept` header for a query. @param shape `PartialObjectMetadata` or its list. */
export function acceptFor(
  { metadataOnly }: Pick<Query, 'metadataOnly'>,
  shape: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): string {
  return metadataOnly ? `application/json;as=${shape};g=meta.k8s.io;v=v1,application/json` : 'application/json';
}

type Page = {
  items: KubernetesObject[] | null;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
};

/**
 * An object may have 1.5 MB and nobody knows before: the first page of whole objects has so many, the others as many as
 * fit.
 */
const firstPage = 20;
/** Length of a page as text that is aimed at. */
const pageLength = 4_000_000;

async function readPages(access: Access, query: Query, most: number | undefined, retryForMs?: number): Promise<Listing> {
  const items: KubernetesObject[] = [];
  let next: string | undefined;
  let limit = most === undefined || query.metadataOnly ? most : Math.min(most, firstPage);
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const { page, length } = await readPage(access, query, atMost(limit, left), next, retryForMs);
    const read = page.items ?? [];
    keep(items, read, query);
    const { resourceVersion, remainingItemCount: count } = page.metadata;
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion };
    left -= read.length;
    if (left <= 0) return { items, resourceVersion, more: { ...(count !== undefined && { count }) } };
    if (most !== undefined) limit = fitting(most, length / Math.max(1, read.length));
  }
}

function keep(items: KubernetesObject[], read: readonly KubernetesObject[], query: Query): void {
  for (const item of read) {
    const kept = keptOf(item, query);
    if (kept) items.push(kept);
  }
}

/** The smaller one; undefined where neither says anything. */
function atMost(limit: number | undefined, left: number): number | undefined {
  return left < (limit ?? Number.POSITIVE_INFINITY) ? left : limit;
}

/** How many objects of this length make a page; at least a few, so that a list ends. */
function fitting(most: number, lengthOfOne: number): number {
  return Math.min(most, Math.max(2, Math.floor(pageLength / Math.max(1, lengthOfOne))));
}

async function readPage(
  access: Access,
  query: Query,
  limit: number | undefined,
  next: string | undefined,
  retryForMs: number | undefined,
): Promise<{ page: Page; length: number }> {
  const { labelSelector, fieldSelector, namespace } = query;
  const attempt = attemptOnMany(access, 'list', query);
  const path = (kind: KindInfo) => collectionPath(kind, namespace, { limit, labelSelector, fieldSelector, continue: next });
  const { body, length } = await onKind(access, query, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'GET',
      path: path(kind),
      accept: acceptFor(query, 'PartialObjectMetadataList'),
      repeat: 'always',
      expected: [404],
      ...(retryForMs !== undefined && { retryForMs }),
      ...(access.account && { account: access.account }),
    }),
  );
  return { page: pageIn(body, attempt), length };
}

/** An extension API server may send anything: what is handed on has what every reader of objects relies on. */
function pageIn(body: unknown, { target }: Attempt): Page {
  const { items, metadata } = mapOf(body);
  const areObjects = listOf(items).every((item) => textOf(fieldAt(item, 'metadata', 'name')) !== undefined);
  if (isMap(metadata) && (items === null || items === undefined || Array.isArray(items)) && areObjects) return body as Page;
  throw new BookendError('unreachable', `${target}: the server sent something that is no list of objects`, {
    advice: 'Look at the server that serves this API: kubectl get apiservices names it.',
  });
}

/** As `Cluster.get`. Current: read from etcd by quorum, since no resourceVersion is named. */
export async function getObject(access: Access, ref: ObjectRef, options: GetOptions = {}): Promise<KubernetesObject | undefined> {
  const attempt = attemptOn(access, 'get', ref);
  const answer = await onKind(access, ref, (kind) =>
    access.http.send({
      attempt,
      resource: kind.resource,
      method: 'GET',
      path: objectPath(kind, ref),
      accept: acceptFor(options, 'PartialObjectMetadata'),
      repeat: 'always',
      expected: [404],
      ...(access.account && { account: access.account }),
    }),
  );
  if (answer.status === 404) return undefined;
  const { apiVersion, kind } = ref;
  return asQueried(objectIn(answer, attempt), { ...options, apiVersion, kind });
}

export type LogOptions = {
  namespace: string;
  pod: string;
  /** Needed where the Pod has several. */
  container?: string;
  /** Only the last lines. */
  tailLines?: number;
  /** Of the container's run before this one. */
  previous?: boolean;
};

/**
 * The whole log as text. @throws `not-found` when there is no such Pod; `invalid` while the container has not started.
 */
/** What a container printed. Not part of the port: only tests and messages for people need it. */
export async function readLogs(access: Access, { namespace, pod, container, tailLines, previous }: LogOptions): Promise<string> {
  const parts = ['api', 'v1', 'namespaces', namespace, 'pods', pod, 'log'].map(encodeURIComponent).join('/');
  const { body } = await access.http.send({
    attempt: { ...attemptOn(access, 'get', { kind: 'Pod', namespace, name: pod }) },
    resource: 'pods/log',
    method: 'GET',
    path: `/${parts}${search({ container, tailLines, previous })}`,
    accept: '*/*',
    plain: true,
    repeat: 'always',
    ...(access.account && { account: access.account }),
  });
  return String(body);
}
