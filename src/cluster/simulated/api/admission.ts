/**
 * What may refuse a write after it was authorized. The API server's own plugins that matter at the beginning and end of
 * life are here; webhooks and policies join them as further functions of the same shape.
 *
 * Finalizers are removed by updates and custom resources of a deleted CustomResourceDefinition are wiped without any
 * DELETE request: the first passes through here, the second never does, exactly as on the real server.
 */
import type { BookendError, ErrorCode } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import { describeRef, type ObjectId } from '../../../objects/identity.ts';
import { apiError, refused } from './api-errors.ts';
import type { Kind } from './kind.ts';
import type { Store, Stored } from './store.ts';
import type { User } from './user.ts';

export type AdmissionRequest = {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  kind: Kind;
  namespace?: string;
  name: string;
  /** What will be stored; absent on DELETE. */
  object?: Stored;
  /** What is stored now; absent on CREATE. */
  oldObject?: Stored;
  subresource?: string;
  /**
   * Part of the deletion of a whole collection, which carries no name: rules and expressions on names see an empty one.
   */
  collection?: boolean;
  user: User;
  dryRun: boolean;
};

/**
 * A refusal, or nothing when the request may pass. `status` is the HTTP status, 403 unless given; `reason` the
 * machine-readable one.
 */
export type Refusal = {
  message: string;
  status?: number;
  reason?: string;
  /** The message is whole; otherwise `RESOURCE "NAME" is forbidden: ` is put before one of status 403. */
  verbatim?: boolean;
  /** The object that refuses: a webhook configuration, a policy, a definition, an APIService. */
  by?: ObjectId;
  /** Of a webhook configuration, the webhook's name. */
  webhook?: string;
  /** Of a policy, the binding. */
  binding?: ObjectId;
  /** Nobody knows whether it refuses: its expressions are too costly to evaluate. */
  undecided?: true;
};

export type Admission = (request: AdmissionRequest) => Refusal | undefined;

/** Asks one after the other; the first refusal ends it. @returns that refusal */
export function refusalAmong(plugins: readonly Admission[], request: AdmissionRequest): Refusal | undefined {
  for (const plugin of plugins) {
    const refusal = plugin(request);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The error that the client gets. */
export function errorOf(request: AdmissionRequest, refusal: Refusal): BookendError {
  const { kind, name, namespace } = request;
  const { message, status = 403, reason, verbatim = false } = refusal;
  if (status === 403 && !verbatim) return refused(kind, nameInMessages(request), namespace, message, reason);
  return apiError(codes[status] ?? (status >= 500 ? 'unreachable' : 'invalid'), message, {
    status,
    object: describeRef({ kind: kind.kind, name, ...(namespace !== undefined && { namespace }) }),
    ...(reason !== undefined && { reason }),
  });
}

/** The request to delete a collection names nothing. */
export function nameInMessages({ name, collection = false }: AdmissionRequest): string {
  return collection ? 'Unknown' : name;
}

const codes: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'throttled',
};

/** The plugins that are always on. */
export function builtInAdmission(store: Store): Admission[] {
  return [namespaceLifecycle(store), podReferences(store)];
}

/** NamespaceLifecycle: nothing is made in a namespace that is missing or terminating, and three namespaces never go. */
function namespaceLifecycle(store: Store): Admission {
  const undying = new Set(['default', 'kube-system', 'kube-public']);
  return ({ operation, kind, namespace, name }) => {
    if (operation === 'DELETE' && kind.key === 'namespaces' && undying.has(name))
      return { message: 'this namespace may not be deleted' };
    if (operation !== 'CREATE' || namespace === undefined) return undefined;
    const home = store.get('namespaces', undefined, namespace);
    if (home === undefined) return { status: 404, reason: 'NamespaceNotFound', message: `namespaces "${namespace}" not found` };
    if (home.metadata.deletionTimestamp === undefined && fieldAt(home.status, 'phase') !== 'Terminating') return undefined;
    const message = `unable to create new content in namespace ${namespace} because it is being terminated`;
    return { message, reason: 'NamespaceTerminating' };
  };
}

/** ServiceAccount, Priority and RuntimeClass: a Pod is refused while an object that it names is not there. */
function podReferences(store: Store): Admission {
  return ({ operation, kind, namespace, object }) => {
    if (operation !== 'CREATE' || kind.key !== 'pods' || namespace === undefined) return undefined;
    const account = String(fieldAt(object?.spec, 'serviceAccountName'));
    if (!store.get('serviceaccounts', namespace, account)) {
      return { message: `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found` };
    }
    const priority = fieldAt(object?.spec, 'priorityClassName');
    if (
      typeof priority === 'string' &&
      !priority.startsWith('system-') &&
      !store.get('priorityclasses.scheduling.k8s.io', undefined, priority)
    ) {
      return { message: `no PriorityClass with name ${priority} was found` };
    }
    const runtime = fieldAt(object?.spec, 'runtimeClassName');
    if (typeof runtime === 'string' && !store.get('runtimeclasses.node.k8s.io', undefined, runtime)) {
      return { message: `pod rejected: RuntimeClass "${runtime}" not found` };
    }
    return undefined;
  };
}
