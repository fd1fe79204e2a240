/**
 * The Cluster port: the only way anything in Bookend reaches a cluster. `kube/` implements it against a real API
 * server, `simulated/` against one in memory; `contract.ts` describes the behaviour that both must show.
 *
 * The contract, which every caller may rely on and must live with:
 *
 * - **Level-triggered.** A watch tells what *is*, not what happened: events may be merged, repeated, or replaced by a
 *   whole new state (`replace`). Callers act on the state that they hold, never on the event that told them.
 * - **May be stale.** What a watch told lags behind the API server, without bound while the connection is broken; it
 *   never runs backwards for one object. `get` and `list` are current: they see every write that was answered before
 *   they were called.
 * - **Writes are guarded.** A delete names the UID that was seen, a finalizer change tests the value that was seen;
 *   when the world has moved on the answer is `conflict`, and the caller looks again. A write whose answer was lost may
 *   have happened: every caller must be able to repeat it.
 * - **Errors by type.** Every failure is a `BookendError`: `unauthorized` 401, `forbidden` 403 (naming verb, resource
 *   and account), `not-found` 404 for the *kind* (an absent *object* is no error: `get` answers undefined, `delete`
 *   answers `absent`), `conflict` 409, `already-exists` 409 on create, `gone` 410, `invalid` 400/422 (with `field`
 *   where the server names one), `throttled` 429 after the retries are used up, `unreachable` for 5xx and connection
 *   failures after the retries are used up.
 * - **Retries.** Reads, applies, guarded patches and deletes are repeated by the implementation on connection failures,
 *   429 (honouring Retry-After) and 5xx, with growing waits, until `retryForMs` is over (default 15 s). `create` is
 *   repeated only where the request surely did not arrive.
 */
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';

export interface Cluster {
  /** A name for messages and logs: the context or the server's host. Never holds a credential. */
  readonly name: string;

  /** The server's version, `v1.37.2`. */
  version(): Promise<string>;

  /**
   * The kind as the API server serves it, or undefined when it serves none such. Discovery is cached; an unknown kind
   * is looked up afresh at most once a second, so that a CustomResourceDefinition that was just created is found.
   */
  kind(apiVersion: string, kind: string): Promise<KindInfo | undefined>;

  /**
   * Every listable kind at its preferred version, without subresources. Groups that do not answer are left out and
   * named in `missing`.
   */
  kinds(): Promise<{ kinds: KindInfo[]; missing: string[] }>;

  /** The object as it is now, or undefined when there is none of that name. `ref.uid` is not compared. */
  get(ref: ObjectRef, options?: GetOptions): Promise<KubernetesObject | undefined>;

  /** All objects that match, as they are now, read in pages. */
  list(query: Query): Promise<Listing>;

  /**
   * Keeps `listener` informed of all objects that match until `close()`. Begins with `replace`; mends itself after
   * resets, 410, 429, 5xx and restarts of the API server, and says so through `trouble`. Listener calls never overlap
   * and never come after `close()`.
   */
  watch(query: Query, listener: WatchListener): Watch;

  /** Creates the object. Fails with `already-exists`. */
  create(object: KubernetesObject, options?: CreateOptions): Promise<KubernetesObject>;

  /**
   * Server-side apply: creates the object or sets the fields named in it. `created` is true when it did not exist
   * (answer 201).
   */
  apply(object: KubernetesObject, options: ApplyOptions): Promise<Applied>;

  /**
   * Changes the object by JSON patch (RFC 6902) or JSON merge patch (RFC 7396). A failed `test` operation is a
   * `conflict`.
   */
  patch(ref: ObjectRef, patch: Patch, options?: PatchOptions): Promise<KubernetesObject>;

  /**
   * Deletes. `uid` and `resourceVersion` are preconditions: another value answers `conflict`.
   * @returns `absent` when there was none (or, with `uid`, when `get` shows that one of another UID stands there: see
   * `conflict`), `terminating` when it goes on existing with a deletionTimestamp, `deleted` when it is gone already.
   */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<Deleted>;

  /**
   * The same cluster, every request made as somebody else (Kubernetes user impersonation). Shares connections and
   * discovery with this one.
   */
  as(identity: Impersonation): Cluster;

  /** Ends all watches and connections. Only on the cluster that was opened, not on one made by `as`. */
  close(): Promise<void>;
}

/** One kind as discovery describes it. */
export type KindInfo = {
  apiVersion: string;
  group: string;
  version: string;
  kind: string;
  /** Plural name in URLs and RBAC rules. */
  resource: string;
  namespaced: boolean;
  verbs: string[];
  /** Subresources served, such as `status`, `scale`, `token`. */
  subresources: string[];
  shortNames: string[];
  categories: string[];
};

export type GetOptions = {
  /** As in `Query`. */
  metadataOnly?: boolean;
};

/** Which objects a list or watch is about. */
export type Query = {
  apiVersion: string;
  kind: string;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /**
   * Only apiVersion, kind and metadata (PartialObjectMetadata): far smaller for kinds with large bodies, and no secret
   * values.
   */
  metadataOnly?: boolean;
  /**
   * What to keep of each object as it arrives, before more are read; undefined: nothing, as if it did not match. Others
   * may make any number of large objects that match a query: with this they cost no memory.
   */
  keep?: (object: KubernetesObject) => KubernetesObject | undefined;
  /** Only for lists: ends after so many objects, however many match. */
  limit?: number;
};

export type Listing = {
  items: KubernetesObject[];
  resourceVersion: string;
  /** More match than `limit` allows. How many is known where the API server counts them: only without selectors. */
  more?: { count?: number };
};

export type WatchListener = {
  /** Everything that matches now; what is not in it is gone. */
  replace(objects: KubernetesObject[]): void;
  changed(object: KubernetesObject): void;
  /** The object is gone; its last known state. */
  removed(object: KubernetesObject): void;
  /** The watch is broken and is being mended (forever, with growing waits). Undefined when it works again. */
  trouble?(error: Error | undefined): void;
};

export type Watch = { close(): void };

export type WriteOptions = {
  fieldManager?: string;
  /** Have the server check everything and store nothing. */
  dryRun?: boolean;
};

export type PatchOptions = WriteOptions & {
  subresource?: string;
  /** Answer with apiVersion, kind and metadata: a large object costs the API server less so. */
  metadataOnly?: boolean;
};

export type CreateOptions = WriteOptions & {
  /**
   * Refuse fields that the kind does not have (`fieldValidation=Strict`), as an apply always does. Without it the
   * server leaves them out. The simulated cluster knows no fields of built-in kinds, and refuses none.
   */
  strict?: boolean;
};

export type ApplyOptions = WriteOptions & {
  fieldManager: string;
  /** Take fields over that another manager owns. Without it that is a `conflict` naming the managers and fields. */
  force?: boolean;
};

export type Applied = { object: KubernetesObject; created: boolean };

export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string };

export type Patch = { type: 'json'; operations: JsonPatchOperation[] } | { type: 'merge'; value: Record<string, unknown> };

export type DeleteOptions = {
  uid?: string;
  resourceVersion?: string;
  /** Kubernetes' `propagationPolicy`; absent leaves it to the kind's own default. */
  propagation?: 'Foreground' | 'Background' | 'Orphan';
  /** Seconds; 0 with Pods means: gone from the API at once, whatever the kubelet does. */
  gracePeriodSeconds?: number;
  dryRun?: boolean;
};

export type Deleted = 'deleted' | 'terminating' | 'absent';

/** Who the requests are made as. For a ServiceAccount only `user` is needed: the API server adds its groups itself. */
export type Impersonation = { user: string; groups?: string[]; uid?: string };
