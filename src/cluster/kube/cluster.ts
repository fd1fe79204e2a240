/** The Cluster port against a real API server: puts the operations together, as one account. */
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type {
  Applied,
  ApplyOptions,
  Cluster,
  CreateOptions,
  Deleted,
  DeleteOptions,
  GetOptions,
  Impersonation,
  KindInfo,
  Listing,
  Patch,
  PatchOptions,
  Query,
  Watch,
  WatchListener,
} from '../port.ts';
import type { Access } from './access.ts';
import type { WatchTiming } from './follow.ts';
import type { HttpRequest } from './http.ts';
import { getObject, type LogOptions, listObjects, readLogs } from './reads.ts';
import { watchObjects } from './watch.ts';
import { applyObject, createObject, deleteObject, patchObject } from './writes.ts';

export class KubeCluster implements Cluster {
  readonly name: string;
  /** The address of the API server. */
  readonly server: string;
  /** The namespace that the kubeconfig's context names, or `default`. */
  readonly namespace: string;

  readonly #access: Access;
  readonly #timing: WatchTiming;
  /** Shared by all that `as` made of this one. */
  readonly #watches: Set<Watch>;

  constructor(access: Access, timing: WatchTiming, watches = new Set<Watch>()) {
    const { name, server, namespace } = access.http.connection;
    this.name = name;
    this.server = server;
    this.namespace = namespace;
    this.#access = access;
    this.#timing = timing;
    this.#watches = watches;
  }

  async version(): Promise<string> {
    const { body } = await this.raw({ method: 'GET', path: '/version' });
    return (body as { gitVersion: string }).gitVersion;
  }

  kind(apiVersion: string, kind: string): Promise<KindInfo | undefined> {
    return this.#access.discovery.kind(apiVersion, kind);
  }

  kinds(): Promise<{ kinds: KindInfo[]; missing: string[] }> {
    return this.#access.discovery.kinds();
  }

  get(ref: ObjectRef, options?: GetOptions): Promise<KubernetesObject | undefined> {
    return getObject(this.#access, ref, options);
  }

  list(query: Query): Promise<Listing> {
    return listObjects(this.#access, query);
  }

  watch(query: Query, listener: WatchListener): Watch {
    const inner = watchObjects(this.#access, query, listener, this.#timing);
    const watch = {
      close: () => {
        this.#watches.delete(watch);
        inner.close();
      },
    };
    this.#watches.add(watch);
    return watch;
  }

  create(object: KubernetesObject, options?: CreateOptions): Promise<KubernetesObject> {
    return createObject(this.#access, object, options);
  }

  apply(object: KubernetesObject, options: ApplyOptions): Promise<Applied> {
    return applyObject(this.#access, object, options);
  }

  patch(ref: ObjectRef, patch: Patch, options?: PatchOptions): Promise<KubernetesObject> {
    return patchObject(this.#access, ref, patch, options);
  }

  delete(ref: ObjectRef, options?: DeleteOptions): Promise<Deleted> {
    return deleteObject(this.#access, ref, options);
  }

  as(account: Impersonation): KubeCluster {
    return new KubeCluster({ ...this.#access, account }, this.#timing, this.#watches);
  }

  async close(): Promise<void> {
    for (const watch of [...this.#watches]) watch.close();
    await this.#access.http.close();
  }

  /** The log of a container. */
  logs(options: LogOptions): Promise<string> {
    return readLogs(this.#access, options);
  }

  /**
   * Anything else that the API server serves (`/readyz`, `/metrics`, a subresource), with the same connections, retries
   * and errors.
   */
  async raw(request: RawRequest): Promise<{ status: number; body: unknown }> {
    const { method, path, body, accept } = request;
    const verb = { GET: 'get', POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method];
    const { status, body: answer } = await this.#access.http.send({
      attempt: { verb, target: path },
      resource: path.split('?')[0] ?? path,
      method,
      path,
      ...(accept && { accept }),
      ...(body !== undefined && { body: { type: 'application/json', text: JSON.stringify(body) } }),
      repeat: method === 'POST' ? 'unless-arrived' : 'always',
      ...(this.#access.account && { account: this.#access.account }),
    });
    return { status, body: answer };
  }
}

export type RawRequest = {
  method: HttpRequest['method'];
  /** With its query, already escaped. */
  path: string;
  body?: unknown;
  accept?: string;
};
