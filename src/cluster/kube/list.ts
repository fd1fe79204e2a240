/** Reading all objects of a kind, in pages so that no single answer has to be held by the server or here as one piece. */
import { isCode } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { KindInfo, Listing, Query } from '../port.ts';
import { type Access, attemptOnMany, onKind } from './access.ts';
import { collectionPath } from './paths.ts';

/** How often a list whose pages expired is begun anew before it is read in one piece. */
const restarts = 3;

/**
 * As `Cluster.list`. No resourceVersion is named: the first page is current, and its continue token keeps all others at that
 * same state. A token lives as long as etcd's history (5 minutes); a slower reader gets 410 and begins again.
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

/** What an object of a list or watch lacks or has too much: its own kind, and the body where only metadata was asked for. */
export function asQueried(object: KubernetesObject, { apiVersion, kind, metadataOnly }: Query): KubernetesObject {
  // An API server that does not know PartialObjectMetadata sends the whole.
  if (metadataOnly) return { apiVersion, kind, metadata: object.metadata };
  object.apiVersion = apiVersion;
  object.kind = kind;
  return object;
}

/** The `Accept` header for a query. @param shape `PartialObjectMetadata` or its list. */
export function acceptFor({ metadataOnly }: Query, shape: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string {
  return metadataOnly ? `application/json;as=${shape};g=meta.k8s.io;v=v1,application/json` : 'application/json';
}

type Page = { items: KubernetesObject[] | null; metadata: { resourceVersion: string; continue?: string } };

async function readPages(access: Access, query: Query, limit: number | undefined, retryForMs?: number): Promise<Listing> {
  const items: KubernetesObject[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await readPage(access, query, limit, next, retryForMs);
    for (const item of page.items ?? []) items.push(asQueried(item, query));
    next = page.metadata.continue;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

async function readPage(
  access: Access,
  query: Query,
  limit: number | undefined,
  next: string | undefined,
  retryForMs: number | undefined,
): Promise<Page> {
  const { labelSelector, fieldSelector, namespace } = query;
  const attempt = attemptOnMany(access, 'list', query);
  const path = (kind: KindInfo) => collectionPath(kind, namespace, { limit, labelSelector, fieldSelector, continue: next });
  const { body } = await onKind(access, query, (kind) =>
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
  return body as Page;
}
